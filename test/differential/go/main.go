// The transport of golang.org/x/net/http2 as a client of the differential tests: plans of cases as JSON lines on stdin, one
// report of each on stdout. Every case has a connection of its own. Text has one character per byte.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

const grace = 2 * time.Second

type request struct {
	Method string `json:"method"`
	Open   bool   `json:"open"`
	Cancel bool   `json:"cancel"`
}

type plan struct {
	Requests []request `json:"requests"`
}

type message struct {
	Status int         `json:"status"`
	Fields [][2]string `json:"fields"`
}

type end struct {
	How  string `json:"how"`
	Code uint32 `json:"code"`
	By   string `json:"by,omitempty"`
}

type stream struct {
	ID            int         `json:"id"`
	Informational []message   `json:"informational"`
	Head          *message    `json:"head"`
	Content       string      `json:"content"`
	Trailers      [][2]string `json:"trailers"`
	End           end         `json:"end"`
	Reason        string      `json:"reason"`
	failed        http2.ErrCode
}

type report struct {
	Streams []*stream `json:"streams"`
	Reason  string    `json:"reason"`
	Code    *uint32   `json:"code,omitempty"`
	Left    bool      `json:"left"`
}

func main() {
	log.SetOutput(io.Discard)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- input.Text()
		}
	}()
	out := json.NewEncoder(os.Stdout)
	for line := range lines {
		for isOpen := true; isOpen; {
			var p plan
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				panic(err)
			}
			conn, streams := start(p)
			// The next line comes when the connection is over, which the transport may fail to notice.
			isNoticed := false
			select {
			case <-conn.ended:
				isNoticed = true
			case line, isOpen = <-lines:
			}
			if err := out.Encode(collect(p, conn, streams)); err != nil {
				panic(err)
			}
			if isNoticed {
				line, isOpen = <-lines
			}
		}
	}
}

// Runs the requests of a plan. The channel gets streams that have settled.
func start(p plan) (*watchedConn, <-chan *stream) {
	dialled, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	conn := &watchedConn{Conn: dialled, over: make(chan struct{}), ended: make(chan struct{})}
	// Not AllowHTTP, with which the first stream is 3.
	transport := &http2.Transport{
		DisableCompression: true,
		MaxHeaderListSize:  65536,
		MaxReadFrameSize:   16384,
	}
	client, err := transport.NewClientConn(conn)
	if err != nil {
		panic(err)
	}
	streams := make(chan *stream, len(p.Requests))
	for i, r := range p.Requests {
		sent := make(chan struct{})
		go func(id int, r request) {
			s := newStream(id, "lost")
			roundTrip(client, r, s, sent, conn.over)
			streams <- s
		}(2*i+1, r)
		<-sent
	}
	return conn, streams
}

func newStream(id int, how string) *stream {
	return &stream{ID: id, Informational: []message{}, End: end{How: how}}
}

// A request that does not settle after the end of its connection never does.
func collect(p plan, conn *watchedConn, settled <-chan *stream) report {
	result := report{Streams: []*stream{}, Left: isClosed(conn.ended) && conn.left}
	for i := range p.Requests {
		result.Streams = append(result.Streams, newStream(2*i+1, "stuck"))
	}
	late := time.After(grace)
	for range p.Requests {
		select {
		case s := <-settled:
			result.Streams[(s.ID-1)/2] = s
			if s.End.How == "lost" && s.Reason != "" {
				result.Reason = s.Reason
			}
			if s.failed != 0 {
				code := uint32(s.failed)
				result.Code = &code
			}
		case <-late:
			return result
		}
	}
	return result
}

// Closes over when the server has ended the connection, and ended when the transport has closed it.
type watchedConn struct {
	net.Conn
	onceOver, onceEnded sync.Once
	over, ended         chan struct{}
	// Whether the transport closed it before the server ended it. Valid once ended is closed.
	left bool
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.onceOver.Do(func() { close(c.over) })
	}
	return n, err
}

func (c *watchedConn) Close() error {
	c.onceEnded.Do(func() {
		c.left = !isClosed(c.over)
		close(c.ended)
	})
	return c.Conn.Close()
}

func roundTrip(client *http2.ClientConn, r request, s *stream, sent chan struct{}, over <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var once sync.Once
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { once.Do(func() { close(sent) }) },
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			s.Informational = append(s.Informational, message{code, fields(header)})
			return nil
		},
	})
	url := "http://127.0.0.1/"
	if r.Method == "CONNECT" {
		url = "http://127.0.0.1:443"
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, url, nil)
	if err != nil {
		panic(err)
	}
	if r.Open {
		// Nothing is ever written to the pipe.
		req.Body, _ = io.Pipe()
		req.ContentLength = -1
	}
	res, err := client.RoundTrip(req)
	once.Do(func() { close(sent) })
	if err != nil {
		s.fail(err, over)
		return
	}
	s.Head = &message{res.StatusCode, fields(res.Header)}
	if r.Cancel {
		cancel()
	}
	content := make([]byte, 0)
	buffer := make([]byte, 65536)
	for err == nil {
		var n int
		n, err = res.Body.Read(buffer)
		content = append(content, buffer[:n]...)
	}
	s.Content = latin1(string(content))
	if err != io.EOF {
		s.fail(err, over)
		return
	}
	s.End = end{How: "complete"}
	s.Trailers = fields(res.Trailer)
}

func (s *stream) fail(err error, over <-chan struct{}) {
	var reset http2.StreamError
	var goaway http2.GoAwayError
	var failed http2.ConnectionError
	var network net.Error
	s.Reason = err.Error()
	switch {
	case errors.As(err, &reset):
		s.End = end{"reset", uint32(reset.Code), "client"}
		if reset.Cause != nil && strings.Contains(reset.Cause.Error(), "received from peer") {
			s.End.By = "server"
		}
	case errors.Is(err, context.Canceled):
		s.End = end{"reset", uint32(http2.ErrCodeCancel), "client"}
	case errors.As(err, &goaway):
		s.Reason = ""
		if uint32(s.ID) > goaway.LastStreamID {
			s.End = end{How: "unprocessed"}
		}
	case strings.Contains(err.Error(), "graceful shutdown GOAWAY"):
		s.End = end{How: "unprocessed"}
	case errors.As(err, &failed):
		// The transport does not flush its GOAWAY.
		s.failed = http2.ErrCode(failed)
	case errors.Is(err, http2.ErrFrameTooLarge):
	case errors.As(err, &network):
		s.Reason = ""
	case errors.Is(err, io.ErrUnexpectedEOF) && isClosed(over):
		s.Reason = ""
	default:
		s.End = end{How: "rejected"}
	}
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

// By name, because the transport does not keep the order.
func fields[M ~map[string][]string](header M) [][2]string {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	sort.Strings(names)
	list := [][2]string{}
	for _, name := range names {
		for _, value := range header[name] {
			list = append(list, [2]string{latin1(strings.ToLower(name)), latin1(value)})
		}
	}
	return list
}

func latin1(bytes string) string {
	runes := make([]rune, len(bytes))
	for i := 0; i < len(bytes); i++ {
		runes[i] = rune(bytes[i])
	}
	return string(runes)
}
