package when

// A Lack is what a stamp leaves open.
type Lack uint8

// What a stamp may leave open; it can be both.
const (
	LacksYear Lack = 1 << iota
	LacksZone
)

// A Stamp is what one line says by itself, before the year and the zone of its
// source are known.
type Stamp struct {
	// Seconds since the Unix epoch; if the zone is lacking, as if it were UTC;
	// if the year is lacking, since the start of a leap year instead.
	Seconds int64
	Nanos   int32 // 0 to 999999999
	Lacks   Lack

	// Where in the line the parts of the stamp stand: the clock, if it is
	// written hh:mm:ss, or else 0; the digits of the fraction, none if both are
	// equal; and the end.
	clock, fraction, fractionEnd, end int32
}

// End returns where in the line the stamp ends, in bytes.
func (s *Stamp) End() int { return int(s.end) }
