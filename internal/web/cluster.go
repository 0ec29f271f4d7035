package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Cluster is what a worker has to do with its cluster; the zero value is that
// of an engine that is none.
type Cluster struct {
	Name       string // of the worker
	Partitions int    // of the cluster
	Held       int    // of these by this worker
	Taken      uint64 // partitions that it began to hold, one that came back again
	Fenced     uint64 // that others took while it held them
	Lag        time.Duration
}

func clusterMetrics() []metric {
	return []metric{
		ofCluster("logs_cluster_partitions", gauge, "Partitions of the cluster.", func(c *Cluster) float64 { return float64(c.Partitions) }),
		ofCluster("logs_cluster_held", gauge, "Partitions that this worker holds.", func(c *Cluster) float64 { return float64(c.Held) }),
		ofCluster("logs_cluster_taken_total", counter, "Partitions that this worker began to hold.", func(c *Cluster) float64 { return float64(c.Taken) }),
		ofCluster("logs_cluster_fenced_total", counter, "Partitions that others took while this worker held them.", func(c *Cluster) float64 { return float64(c.Fenced) }),
		ofCluster("logs_cluster_lag_seconds", gauge, "How long the events that are read now have waited in the cluster.", func(c *Cluster) float64 { return c.Lag.Seconds() }),
	}
}

// ofCluster is a metric of workers alone.
func ofCluster(name string, kind prometheus.ValueType, help string, value func(*Cluster) float64) metric {
	return metric{name, kind, "", help, func(s *Stats, _ time.Time, emit emit) {
		if s.Cluster.Partitions > 0 {
			emit(value(&s.Cluster), "")
		}
	}}
}
