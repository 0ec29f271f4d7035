// Package when reads time: the stamps of log lines, durations, times of day,
// and the spans of the week.
//
// Every instant of a log is an int64, nanoseconds since the Unix epoch, in the
// years 1678 to 2261. Nothing here asks the machine for the time: the caller
// says what is now, so the same input always gives the same output.
//
// A [Reader] reads the stamps of one source. It finds the format by itself,
// keeps to it, and learns another when the source changes:
//
//	r, err := when.NewReader(when.Options{Zone: time.Local, ModTime: info.ModTime()})
//	if err != nil {
//		return err
//	}
//	for line := range lines {
//		if ns, ok := r.Read(line); ok {
//			fmt.Println(time.Unix(0, ns), r.Format())
//		}
//	}
//
// Reading has two halves. What a line says by itself is a pure function of the
// line and can run anywhere, in any order ([Reader.Parser]). What only the
// lines before it tell, the year and which of two equal hours, is worked out in
// the order of the lines ([Reader.Resolve]):
//
//	line ──parse──> Stamp{seconds, lacks year? zone?} ──resolve──> ns
//	       pure                                      in order
//
// A [Schedule] is a time in a rule, such as midnight or monday at "09:00"; it
// tells when it is next due. A [Span] is a part of the week:
//
//	s, err := when.ParseTime("monday", "09:00")
//	next, ok := s.Next(now)
//
// Clocks change for daylight saving, and a local time can then be missing or
// come twice. For schedules a missing time is the first instant after the gap,
// and of a time that comes twice the first counts. For stamps a missing time is
// read as [time.Date] does, and one that comes twice is read so that the
// source's lines stay in order.
package when
