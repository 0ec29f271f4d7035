package run

// A Progress tells how far a run is with one log.
type Progress struct {
	Name  string
	Open  bool // it is read, or waited for
	Bytes int64
	Lines int64
}

// Logs tells how far the run is with each log. It may be called between two
// lines.
func (r *Runner) Logs() []Progress {
	logs := make([]Progress, len(r.streams))
	for i, s := range r.streams {
		logs[i] = Progress{s.key, s.reader != nil, s.bytesRead, s.linesRead}
	}
	return logs
}
