// A server on golang.org/x/net/http2: TLS with ALPN on one port; HTTP/1.1, its Upgrade to h2c, and h2c by prior
// knowledge on another. Answers the paths that go.ts promises.
package main

import (
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

var (
	root      = flag.String("root", "", "folder of documents")
	cert      = flag.String("cert", "", "PEM file")
	key       = flag.String("key", "", "PEM file")
	tlsAddr   = flag.String("tls", "", "address for TLS")
	clearAddr = flag.String("clear", "", "address for plaintext")
	streams   = flag.Uint("streams", 250, "SETTINGS_MAX_CONCURRENT_STREAMS")
	trailers  = flag.Bool("trailers", false, "end every document with a trailer")
)

func main() {
	flag.Parse()
	settings := &http2.Server{MaxConcurrentStreams: uint32(*streams)}
	mux := http.NewServeMux()
	mux.HandleFunc("/", document)
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/discard", discard)
	mux.HandleFunc("/trailers", withTrailers)
	mux.HandleFunc("/request-trailers", requestTrailers)
	mux.HandleFunc("/early", early)
	mux.HandleFunc("/gzip", gzipped)
	mux.HandleFunc("/204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/push", push)

	secure := &http.Server{Addr: *tlsAddr, Handler: mux}
	if err := http2.ConfigureServer(secure, settings); err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(secure.ListenAndServeTLS(*cert, *key)) }()
	clear := &http.Server{Addr: *clearAddr, Handler: h2c.NewHandler(mux, settings)}
	log.Fatal(clear.ListenAndServe())
}

func document(w http.ResponseWriter, r *http.Request) {
	if *trailers {
		w.Header().Set(http.TrailerPrefix+"X-Trailer", "yes")
	}
	http.ServeFile(w, r, filepath.Join(*root, filepath.Base(r.URL.Path)))
}

func echo(w http.ResponseWriter, r *http.Request) {
	var err error
	if r.ProtoMajor == 1 {
		// net/http reads no more of an HTTP/1.1 request once the response has begun.
		var content []byte
		content, err = io.ReadAll(r.Body)
		w.Write(content)
	} else {
		w.WriteHeader(http.StatusOK)
		_, err = io.Copy(flusher{w}, r.Body)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range r.Trailer {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

// flusher sends each chunk at once.
type flusher struct{ http.ResponseWriter }

func (f flusher) Write(piece []byte) (int, error) {
	n, err := f.ResponseWriter.Write(piece)
	f.ResponseWriter.(http.Flusher).Flush()
	return n, err
}

func discard(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
}

func withTrailers(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Trailer", "X-Trailer")
	io.WriteString(w, "before the trailers")
	w.Header().Set("X-Trailer", "yes")
}

func requestTrailers(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	received := map[string]string{}
	for name := range r.Trailer {
		received[strings.ToLower(name)] = r.Trailer.Get(name)
	}
	json.NewEncoder(w).Encode(received)
}

func early(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload; as=style")
	w.WriteHeader(http.StatusEarlyHints)
	w.Header().Del("Link")
	io.WriteString(w, "final")
}

func gzipped(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		document(w, r)
		return
	}
	plain, err := os.ReadFile(filepath.Join(*root, "gzip"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	out := gzip.NewWriter(w)
	out.Write(plain)
	out.Close()
}

func push(w http.ResponseWriter, r *http.Request) {
	if pusher, ok := w.(http.Pusher); ok {
		pusher.Push("/style.css", nil)
	}
	document(w, r)
}
