package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A tally is what one sink was told: of each line the ids, as often as it came.
type tally struct {
	mu   sync.Mutex
	told map[string][]string
	cuts atomic.Int64 // how often it took something and did not say so
}

func newTally() *tally { return &tally{told: map[string][]string{}} }

func (c *tally) add(line, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[line] = append(c.told[line], id)
}

// lines is how many different lines were told.
func (c *tally) lines() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.told)
}

// readLines counts the lines of a reader, to its end: each is one, or an alert.
func (c *tally) readLines(in io.Reader, alerts *tally, pause <-chan time.Duration) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		select {
		case d := <-pause:
			time.Sleep(d) // whoever reads is slow
		default:
		}
		var alert struct{ ID, Text string }
		if strings.HasPrefix(lines.Text(), "{") && json.Unmarshal(lines.Bytes(), &alert) == nil {
			alerts.add(alert.Text, alert.ID)
			continue
		}
		c.add(strings.TrimRight(lines.Text(), " ."), "")
	}
}

// A server is a receiver that can be away for a while.
type server struct {
	addr  string
	serve func(net.Conn)

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	working  sync.WaitGroup
}

// up lets the server listen, down lets it end, and cuts who is connected.
func (s *server) up(t *testing.T) {
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Error(err)
		return
	}
	s.mu.Lock()
	s.listener, s.conns = l, map[net.Conn]bool{}
	s.mu.Unlock()
	s.working.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			s.working.Go(func() {
				s.serve(conn)
				conn.Close()
				s.mu.Lock()
				delete(s.conns, conn)
				s.mu.Unlock()
			})
		}
	})
}

func (s *server) down() {
	s.mu.Lock()
	if s.listener != nil {
		s.listener.Close()
	}
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.working.Wait()
}

// refused tells which lines a receiver refuses for good.
func refused(line, source string) bool {
	return strings.HasPrefix(line, source+" ") && strings.HasSuffix(line, "50")
}

// hook takes posts over HTTP, one after another on a connection. It is slow,
// says 500, and takes some without an answer; lines of tcp it refuses.
func (c *tally) hook() func(net.Conn) {
	var count atomic.Int64
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			var effect struct{ Text, ID string }
			if err := json.NewDecoder(r.Body).Decode(&effect); err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			n, status := count.Add(1), "200 OK"
			switch {
			case refused(effect.Text, "tcp"):
				status = "400 Bad Request"
			case n%97 == 11:
				status = "500 Internal Server Error"
			case n%61 == 7:
				time.Sleep(150 * time.Millisecond)
				fallthrough
			default:
				c.add(effect.Text, effect.ID)
			}
			if n%151 == 50 && status == "200 OK" {
				c.cuts.Add(1)
				return
			}
			if _, err := fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status); err != nil && status == "200 OK" {
				c.cuts.Add(1)
			}
		}
	}
}

// smtp takes mails, of which the address tells the line. It puts some off,
// takes some without an answer, and refuses those of fifo.
func (c *tally) smtp() func(net.Conn) {
	var count atomic.Int64
	return func(conn net.Conn) {
		in, line := textproto.NewReader(bufio.NewReader(conn)), ""
		n := count.Add(1)
		answer := "220 ready"
		for {
			if _, err := fmt.Fprintf(conn, "%s\r\n", answer); err != nil {
				return
			}
			command, err := in.ReadLine()
			if err != nil {
				return
			}
			switch word, rest, _ := strings.Cut(command, ":"); strings.ToUpper(word) {
			case "MAIL FROM":
				answer = map[bool]string{true: "451 later", false: "250 ok"}[n%71 == 20]
			case "RCPT TO":
				name, _, _ := strings.Cut(strings.Trim(rest, "<> "), "@")
				line, answer = strings.ReplaceAll(name, ".", " "), "250 ok"
				if refused(line, "fifo") {
					answer = "550 nobody is called so"
				}
			case "DATA":
				fmt.Fprintf(conn, "354 go on\r\n")
				mail := textproto.NewReader(bufio.NewReader(in.DotReader()))
				header, err := mail.ReadMIMEHeader()
				if err != nil {
					return
				}
				io.Copy(io.Discard, mail.R)
				c.add(line, header.Get("X-LoGS-ID"))
				if answer = "250 taken"; n%83 == 40 {
					c.cuts.Add(1)
					return
				}
			case "QUIT":
				fmt.Fprintf(conn, "221 bye\r\n")
				return
			default:
				answer = "250 ok"
			}
		}
	}
}

// loghost takes syslog messages with their length in front. Now and then it is
// slow.
func (c *tally) loghost() func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for n := 0; ; n++ {
			var length int
			if _, err := fmt.Fscanf(in, "%d ", &length); err != nil {
				return
			}
			message := make([]byte, length)
			if _, err := io.ReadFull(in, message); err != nil {
				return
			}
			_, text, _ := strings.Cut(string(message), "] ")
			c.add(text, "")
			if n%500 == 250 {
				time.Sleep(300 * time.Millisecond)
			}
		}
	}
}
