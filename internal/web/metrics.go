package web

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// MaxSeries is how many rules, sources, stores, sinks or departments a metric tells apart:
// those with the greatest figures. The rest is added up as "(others)".
const MaxSeries = 1000

// A metric is a row of the table in docs/operations.md.
type metric struct {
	name  string
	kind  prometheus.ValueType
	label string // "" for a metric of one figure
	help  string
	read  func(s *Stats, now time.Time, emit emit)
}

// emit takes one figure, and the value of its label if there is one.
type emit func(value float64, label string)

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// metrics is the table of all metrics.
func metrics() []metric {
	return slices.Concat(runMetrics(), engineMetrics(), sourceMetrics(), storeMetrics(), sinkMetrics(), hubMetrics(), clusterMetrics())
}

func runMetrics() []metric {
	return []metric{
		{"logs_build_info", gauge, "version", "1, with the version of the program.", func(s *Stats, _ time.Time, emit emit) {
			emit(1, s.Version+" "+runtime.Version())
		}},
		when("logs_turn_timestamp_seconds", "When the loop last turned.", func(s *Stats) time.Time { return s.Turned }),
		when("logs_clock_timestamp_seconds", "The engine's clock.", func(s *Stats) time.Time { return s.Clock }),
		{"logs_clock_lag_seconds", gauge, "", "How far the engine's clock is behind the machine's.", func(s *Stats, now time.Time, emit emit) {
			if !s.Clock.IsZero() {
				emit(now.Sub(s.Clock).Seconds(), "")
			}
		}},
		one("logs_lines_total", counter, "Lines read.", func(s *Stats) float64 { return float64(s.Lines) }),
		one("logs_bytes_total", counter, "Bytes read.", func(s *Stats) float64 { return float64(s.Bytes) }),
		when("logs_checkpoint_timestamp_seconds", "When the newest snapshot was written.", func(s *Stats) time.Time { return s.Checkpoint.Time }),
		one("logs_checkpoint_bytes", gauge, "Size of the newest snapshot.", func(s *Stats) float64 { return float64(s.Checkpoint.Bytes) }),
		one("logs_checkpoint_failures_total", counter, "Snapshots that could not be written.", func(s *Stats) float64 { return float64(s.Checkpoint.Failed) }),
		when("logs_reload_success_timestamp_seconds", "When rules were last loaded anew.", func(s *Stats) time.Time { return s.Reload.OK }),
		when("logs_reload_failure_timestamp_seconds", "When new rules were last refused.", func(s *Stats) time.Time { return s.Reload.Failed }),
	}
}

func engineMetrics() []metric {
	return []metric{
		one("logs_messages_total", counter, "Lines and events processed.", func(s *Stats) float64 { return float64(s.Engine.Messages) }),
		one("logs_alerts_total", counter, "Alerts.", func(s *Stats) float64 { return float64(s.Engine.Alerts) }),
		one("logs_late_total", counter, "Lines with a stamp before the clock.", func(s *Stats) float64 { return float64(s.Engine.Late) }),
		one("logs_faults_total", counter, "What rules could not do.", func(s *Stats) float64 { return float64(s.Engine.Faults) }),
		one("logs_evictions_total", counter, "Contexts, items and memories dropped to keep a bound.", func(s *Stats) float64 { return float64(s.Engine.Evicted) }),
		one("logs_dropped_total", counter, "Events, rules and timers not made to keep a bound.", func(s *Stats) float64 { return float64(s.Engine.Dropped) }),
		one("logs_pattern_timeouts_total", counter, "Lines on which a pattern ran out of its time.", func(s *Stats) float64 { return float64(s.Engine.GaveUp) }),
		one("logs_missing_bindings_total", counter, "Values that a function or event should have bound.", func(s *Stats) float64 { return float64(s.Engine.Missing) }),
		one("logs_rules", gauge, "Rules of the program.", func(s *Stats) float64 { return float64(len(s.Rules)) }),
		one("logs_live_rules", gauge, "Rules made at run time that live.", func(s *Stats) float64 { return float64(s.Live) }),
		{"logs_rule_matches_total", counter, "rule", "Lines that a rule matched.", func(s *Stats, _ time.Time, emit emit) {
			for _, r := range s.Rules {
				emit(float64(r.Matches), r.Name)
			}
		}},
		one("logs_timers", gauge, "Timers set.", func(s *Stats) float64 { return float64(s.Timers) }),
		one("logs_kept_bytes", gauge, "Bytes that contexts and windows hold.", func(s *Stats) float64 { return float64(s.Kept) }),
	}
}

func sourceMetrics() []metric {
	return []metric{
		ofSource("logs_source_open", gauge, "1 if the source is read or waited for.", func(s *Source) float64 { return truth(s.Open) }),
		ofSource("logs_source_lines_total", counter, "Lines read.", func(s *Source) float64 { return float64(s.Lines) }),
		ofSource("logs_source_bytes_total", counter, "Bytes read.", func(s *Source) float64 { return float64(s.Bytes) }),
		ofSource("logs_source_position_bytes", gauge, "How far a log is read.", func(s *Source) float64 { return float64(s.Position) }),
		ofSource("logs_source_lag_bytes", gauge, "What of a log is still to be read.", func(s *Source) float64 { return float64(s.Lag) }),
		ofSource("logs_source_dropped_total", counter, "Lines or datagrams lost or cut.", func(s *Source) float64 { return float64(s.Dropped) }),
		ofSource("logs_source_errors_total", counter, "Errors of reading.", func(s *Source) float64 { return float64(s.Errors) }),
	}
}

func storeMetrics() []metric {
	return []metric{
		ofStore("logs_store_keys", "Contexts or windows of a name that live.", func(s *Store) float64 { return float64(s.Keys) }),
		ofStore("logs_store_items", "Items in them.", func(s *Store) float64 { return float64(s.Items) }),
	}
}

func sinkMetrics() []metric {
	return []metric{
		ofSink("logs_sink_delivered_total", counter, "Effects delivered.", func(s *Sink) float64 { return float64(s.Delivered) }),
		ofSink("logs_sink_retried_total", counter, "Tries that failed and were made again.", func(s *Sink) float64 { return float64(s.Retried) }),
		ofSink("logs_sink_dead_total", counter, "Effects given up and kept as dead letters.", func(s *Sink) float64 { return float64(s.Dead) }),
		ofSink("logs_sink_waiting", gauge, "Effects that wait for delivery.", func(s *Sink) float64 { return float64(s.Waiting) }),
		ofSink("logs_sink_held", gauge, "Effects held for the digest at the end of the period.", func(s *Sink) float64 { return float64(s.Held) }),
	}
}

func hubMetrics() []metric {
	return []metric{
		ofDepartment("logs_hub_edges", gauge, "Engines below that are known.", func(d *Department) float64 { return float64(d.Edges) }),
		ofDepartment("logs_hub_events_total", counter, "Events taken.", func(d *Department) float64 { return float64(d.Events) }),
		ofDepartment("logs_hub_bytes_total", counter, "Bytes of events taken.", func(d *Department) float64 { return float64(d.Bytes) }),
		ofDepartment("logs_hub_refused_total", counter, "Batches refused, and connections that named the department.", func(d *Department) float64 { return float64(d.Refused) }),
		ofDepartment("logs_hub_doubles_total", counter, "Events that came again and were dropped.", func(d *Department) float64 { return float64(d.Doubles) }),
		ofDepartment("logs_hub_lost_total", counter, "Events that an engine below dropped, for its store was full.", func(d *Department) float64 { return float64(d.Lost) }),
		ofDepartment("logs_hub_lying_bytes", gauge, "Bytes on the disk, until they are used and no snapshot needs them.", func(d *Department) float64 { return float64(d.Lying) }),
		ofDepartment("logs_hub_lag_seconds", gauge, "How long the events that are read now have waited at the hub.", func(d *Department) float64 { return d.Lag.Seconds() }),
		{"logs_hub_seen_timestamp_seconds", gauge, "department", "When events were last taken.", func(s *Stats, _ time.Time, emit emit) {
			for _, d := range s.Hub.Departments {
				if !d.Seen.IsZero() {
					emit(float64(d.Seen.UnixMilli())/1e3, d.Name)
				}
			}
		}},
		one("logs_hub_strangers_total", counter, "Connections refused that are of no department.", func(s *Stats) float64 { return float64(s.Hub.Strangers) }),
	}
}

// told returns the departments with the most events, so many at the most, and
// the others as one.
func told(departments []Department, most int) []Department {
	if len(departments) <= most {
		return departments
	}
	sorted := slices.Clone(departments)
	slices.SortStableFunc(sorted, func(a, b Department) int { return cmp.Compare(b.Events, a.Events) })
	others := Department{Name: "(others)"}
	for _, d := range sorted[most-1:] {
		others.Edges += d.Edges
		others.Events += d.Events
		others.Bytes += d.Bytes
		others.Refused += d.Refused
		others.Doubles += d.Doubles
		others.Lost += d.Lost
		others.Lying += d.Lying
		others.Lag = max(others.Lag, d.Lag)
		if d.Seen.After(others.Seen) {
			others.Seen = d.Seen
		}
	}
	return append(sorted[:most-1], others)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func one(name string, kind prometheus.ValueType, help string, value func(*Stats) float64) metric {
	return metric{name, kind, "", help, func(s *Stats, _ time.Time, emit emit) { emit(value(s), "") }}
}

// when is a metric of a time, in seconds since 1970; none if it never was.
func when(name, help string, at func(*Stats) time.Time) metric {
	return metric{name, gauge, "", help, func(s *Stats, _ time.Time, emit emit) {
		if t := at(s); !t.IsZero() {
			emit(float64(t.UnixMilli())/1e3, "")
		}
	}}
}

func ofSource(name string, kind prometheus.ValueType, help string, value func(*Source) float64) metric {
	return metric{name, kind, "source", help, func(s *Stats, _ time.Time, emit emit) {
		for i := range s.Sources {
			emit(value(&s.Sources[i]), s.Sources[i].Name)
		}
	}}
}

func ofStore(name, help string, value func(*Store) float64) metric {
	return metric{name, gauge, "store", help, func(s *Stats, _ time.Time, emit emit) {
		for i := range s.Stores {
			emit(value(&s.Stores[i]), s.Stores[i].Name)
		}
	}}
}

func ofSink(name string, kind prometheus.ValueType, help string, value func(*Sink) float64) metric {
	return metric{name, kind, "sink", help, func(s *Stats, _ time.Time, emit emit) {
		for i := range s.Sinks {
			emit(value(&s.Sinks[i]), s.Sinks[i].Name)
		}
	}}
}

func ofDepartment(name string, kind prometheus.ValueType, help string, value func(*Department) float64) metric {
	return metric{name, kind, "department", help, func(s *Stats, _ time.Time, emit emit) {
		for i := range s.Hub.Departments {
			emit(value(&s.Hub.Departments[i]), s.Hub.Departments[i].Name)
		}
	}}
}

// A collector gives Prometheus all metrics, of one moment.
type collector struct {
	source  func() Stats
	now     func() time.Time
	metrics []metric
	descs   []*prometheus.Desc // of metrics
}

func newCollector(source func() Stats, now func() time.Time) *collector {
	c := &collector{source: source, now: now, metrics: metrics()}
	for _, m := range c.metrics {
		var labels []string
		if m.label != "" {
			labels = []string{m.label}
		}
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, labels, nil))
	}
	return c
}

// Describe is of prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d
	}
}

// Collect is of prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	stats, now := c.source(), c.now()
	stats.Hub.Departments = told(stats.Hub.Departments, MaxSeries)
	for i, m := range c.metrics {
		var all []sample
		m.read(&stats, now, func(value float64, label string) { all = append(all, sample{label, value}) })
		for _, s := range bounded(all) {
			var labels []string
			if m.label != "" {
				labels = []string{s.label}
			}
			out <- prometheus.MustNewConstMetric(c.descs[i], m.kind, s.value, labels...)
		}
	}
}

// A sample is one figure of a metric.
type sample struct {
	label string
	value float64
}

// bounded adds up the samples of one label, of which Prometheus takes only
// one, and those beyond MaxSeries.
func bounded(all []sample) []sample {
	at := make(map[string]int, len(all))
	var sums []sample
	for _, s := range all {
		s.label = strings.ToValidUTF8(s.label, "\ufffd")
		if i, ok := at[s.label]; ok {
			sums[i].value += s.value
			continue
		}
		at[s.label] = len(sums)
		sums = append(sums, s)
	}
	if len(sums) <= MaxSeries {
		return sums
	}
	slices.SortStableFunc(sums, func(a, b sample) int { return cmp.Compare(b.value, a.value) })
	others := sample{label: "(others)"}
	for _, s := range sums[MaxSeries:] {
		others.value += s.value
	}
	return append(sums[:MaxSeries], others)
}
