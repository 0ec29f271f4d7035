package source

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Journald is systemd's journal, as the program journalctl tells it. Its
// entries become lines as in a syslog file, with a precise stamp:
//
//	2026-11-24T12:00:51.123456Z web1 sshd[19939]: Invalid user a from 62.123.192.212
//
// An entry is one line, whatever its message holds: newlines and NULs are
// spaces in the line. Entries without a message are left out.
//
// The mark of a block is the cursor of its first entry. When journalctl ends
// it is started again, as with [Exec], behind the last entry that came.
type Journald struct {
	Units   []string // whose entries; none means all
	FromEnd bool     // without a mark, begin with what comes after Open, not with the oldest entry
	Program string   // "" means journalctl, from the PATH

	Restart time.Duration     // the first wait before a restart, see Exec; 0 means a second
	Log     func(line string) // is told what journalctl writes to its standard error; may be nil
	Failed  func(err error)   // is told why it is started again; may be nil
}

// Name is "journald".
func (j Journald) Name() string { return "journald" }

// Open starts journalctl. It fails if there is no such program.
func (j Journald) Open(mark string) (*Live, error) {
	if j.Program == "" {
		j.Program = "journalctl"
	}
	if j.Restart <= 0 {
		j.Restart = time.Second
	}
	if err := findProgram([]string{j.Program}); err != nil {
		return nil, fmt.Errorf("journald: %w", err)
	}
	l := newLive(j.Name(), &Pool{Size: bytesOfLines})
	reader := &journal{Live: l}
	switch {
	case mark != "":
		reader.begin = "--cursor=" + mark
	case j.FromEnd:
		reader.begin = fmt.Sprintf("--since=@%d", time.Now().Unix())
	}
	p := &program{
		name: j.Name(), args: func() []string { return j.args(reader.begin) }, read: reader.deliverAll,
		restart: j.Restart, log: j.Log, failed: j.Failed,
	}
	l.start(func() error { return p.keepRunning(l.ctx) })
	return l, nil
}

func (j Journald) args(begin string) []string {
	args := []string{j.Program, "-o", "export", "-f", "--no-tail", "-q"}
	for _, unit := range j.Units {
		args = append(args, "-u", unit)
	}
	if begin != "" {
		args = append(args, begin)
	}
	return args
}

// A journal delivers entries.
type journal struct {
	*Live
	begin string // the argument that says where the next run begins
}

// deliverAll delivers the entries that one run of journalctl prints: those at
// hand in one block.
func (j *journal) deliverAll(out io.Reader) error {
	in := bufio.NewReaderSize(out, bytesOfLines)
	var e entry
	for {
		b := j.pool.lend()
		lines, last := b.buf[:0], ""
		var err error
		for err == nil && len(lines) < bytesOfLines && (len(lines) == 0 || in.Buffered() > 0) {
			if err = e.read(in); err != nil {
				break
			}
			before := len(lines)
			lines = j.append(lines, &e)
			if last = string(e.cursor); before == 0 && len(lines) > 0 {
				b.mark = last
			}
		}
		b.buf, b.Data = lines, lines
		switch {
		case len(lines) == 0:
			b.Release()
		case j.deliver(b) != nil:
			return errClosed
		}
		if last != "" {
			j.begin = "--after-cursor=" + last
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// append appends the line of an entry.
func (j *journal) append(lines []byte, e *entry) []byte {
	if !e.hasMessage {
		return lines
	}
	line := e.line()
	if e.long || len(line) > MaxLine {
		line = line[:min(len(line), MaxLine)]
		j.cut.Add(1)
	}
	return appendMessage(lines, line)
}

// Bounds of what journalctl may print.
const (
	maxFieldName = 256     // bytes; journald allows 64
	maxFieldData = 1 << 30 // bytes in a field; of most nothing is kept
	maxFieldKept = 1 << 10 // bytes of a field that is kept and is not the message
	maxMicros    = 253402300799999999
)

var errExport = errors.New("what journalctl prints is not in its export format")

// An entry is an entry of the journal in the export format, which is fields
// and an empty line. What is not text has its size before it, in 8 bytes:
//
//	NAME=text \n    NAME \n size data \n
type entry struct {
	cursor, host, identifier, command, ownPID, pid []byte
	micros                                         []byte
	message                                        []byte
	hasMessage, long                               bool

	time time.Time
	text []byte // the line
}

// read reads the next entry, and io.EOF at the end or in the midst of one.
func (e *entry) read(in *bufio.Reader) error {
	*e = entry{text: e.text, message: e.message[:0]}
	for fields := 0; ; fields++ {
		more, err := e.field(in)
		if err == io.ErrUnexpectedEOF {
			return io.EOF
		}
		if err != nil {
			return err
		}
		if !more && fields > 0 {
			return e.stamp()
		}
	}
}

// field reads a field; more is false for the end of the entry.
func (e *entry) field(in *bufio.Reader) (more bool, err error) {
	name := make([]byte, 0, 64)
	for {
		c, err := in.ReadByte()
		if err != nil {
			return false, err
		}
		switch {
		case c == '\n' && len(name) == 0:
			return false, nil
		case c == '\n':
			return true, e.sized(in, e.place(string(name)))
		case c == '=':
			return true, e.textual(in, e.place(string(name)))
		case len(name) == maxFieldName:
			return false, errExport
		}
		name = append(name, c)
	}
}

// place tells where a field is kept; nil if it is not. Of several of the name
// the last counts.
func (e *entry) place(name string) *[]byte {
	var place *[]byte
	switch name {
	case "__CURSOR":
		place = &e.cursor
	case "__REALTIME_TIMESTAMP":
		place = &e.micros
	case "_HOSTNAME":
		place = &e.host
	case "SYSLOG_IDENTIFIER":
		place = &e.identifier
	case "_COMM":
		place = &e.command
	case "SYSLOG_PID":
		place = &e.ownPID
	case "_PID":
		place = &e.pid
	case "MESSAGE":
		place = &e.message
		e.hasMessage, e.long = true, false
	default:
		return nil
	}
	*place = (*place)[:0]
	return place
}

// keep appends to a field what it may hold.
func (e *entry) keep(place *[]byte, data []byte) {
	if place == nil {
		return
	}
	most := maxFieldKept
	if place == &e.message {
		most = MaxLine
	}
	room := most - len(*place)
	if len(data) > room {
		e.long = e.long || place == &e.message
		data = data[:room]
	}
	*place = append(*place, data...)
}

func (e *entry) textual(in *bufio.Reader, place *[]byte) error {
	for {
		part, err := in.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		e.keep(place, part)
		if err != bufio.ErrBufferFull {
			return noEOF(err)
		}
	}
}

func (e *entry) sized(in *bufio.Reader, place *[]byte) error {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return noEOF(err)
	}
	size := binary.LittleEndian.Uint64(head[:])
	if size > maxFieldData {
		return errExport
	}
	for left := int(size); left > 0; {
		part, err := in.Peek(min(left, in.Size()))
		if err != nil {
			return noEOF(err)
		}
		e.keep(place, part)
		left -= len(part)
		in.Discard(len(part))
	}
	if c, err := in.ReadByte(); err != nil {
		return noEOF(err)
	} else if c != '\n' {
		return errExport
	}
	return nil
}

// stamp reads the time of an entry, which it must have, as the cursor.
func (e *entry) stamp() error {
	if len(e.micros) == 0 || len(e.micros) > 18 || len(e.cursor) == 0 {
		return errExport
	}
	micros := int64(0)
	for _, c := range e.micros {
		if c < '0' || c > '9' {
			return errExport
		}
		micros = micros*10 + int64(c-'0')
	}
	if micros > maxMicros {
		return errExport
	}
	e.time = time.UnixMicro(micros).UTC()
	return nil
}

// line writes an entry as syslog does. It is valid until the next call.
func (e *entry) line() []byte {
	b := e.time.AppendFormat(e.text[:0], "2006-01-02T15:04:05.000000Z07:00")
	b = append(b, ' ')
	b = append(b, first(e.host, []byte("localhost"))...)
	b = append(b, ' ')
	b = append(b, first(e.identifier, e.command, []byte("unknown"))...)
	if pid := first(e.ownPID, e.pid); len(pid) > 0 {
		b = append(b, '[')
		b = append(b, pid...)
		b = append(b, ']')
	}
	b = append(b, ':', ' ')
	e.text = append(b, e.message...)
	return e.text
}

// first returns the first that is not empty, or the last.
func first(all ...[]byte) (b []byte) {
	for _, b = range all {
		if len(b) > 0 {
			break
		}
	}
	return b
}
