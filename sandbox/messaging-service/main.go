// Program messaging-service plays the messaging service that the add-ons stand around: its health, its metrics under
// the names that their documents use, and a WebSocket. It has nothing of a messaging service but what can be seen of
// one from outside.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	address := os.Getenv("LISTEN")
	if address == "" {
		address = ":8080"
	}
	server := &http.Server{Addr: address, Handler: newService().routes(), ReadHeaderTimeout: 10 * time.Second}
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ended.Done()
		// A pod that ends answers what it has begun.
		inTime, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(inTime)
	}()
	log.Printf("listens on %s", address)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// service answers requests and counts them.
type service struct {
	metrics *metrics
}

func newService() *service { return &service{metrics: newMetrics()} }

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /health", s.counted("/health", s.health))
	mux.Handle("GET /ready", s.counted("/ready", s.health))
	mux.Handle("GET /messages", s.counted("/messages", s.messages))
	mux.Handle("GET /slow", s.counted("/slow", s.slow))
	mux.Handle("GET /status/{code}", s.counted("/status", s.status))
	mux.Handle("GET /address", s.counted("/address", s.address))
	mux.HandleFunc("GET /ws", s.webSocket)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.metrics.write(w)
	})
	return mux
}

// counted measures a route; its pattern, not the path asked for, is the label.
func (s *service) counted(route string, handle http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		recorder := &recorder{ResponseWriter: w, status: http.StatusOK}
		handle(recorder, r)
		s.metrics.request(r.Method, route, recorder.status, time.Since(started))
	})
}

func (s *service) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"status":"ok"}`)
}

// messages asks a database that is none: `?database=error` is one that fails.
func (s *service) messages(w http.ResponseWriter, r *http.Request) {
	fails := r.URL.Query().Get("database") == "error"
	s.metrics.query("select", 2*time.Millisecond, fails)
	if fails {
		http.Error(w, `{"error":"database"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]string{"messages": {}})
}

// slow holds a request for `?seconds=`, as a long answer does.
func (s *service) slow(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
	if err != nil || seconds < 0 || seconds > 600 {
		http.Error(w, "seconds must be a number from 0 to 600", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
		fmt.Fprintln(w, "done")
	case <-r.Context().Done():
	}
}

// status answers with the code that is asked for, so that alerts have something to see.
func (s *service) status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 200 || code > 599 {
		code = http.StatusBadRequest
	}
	w.WriteHeader(code)
}

// address tells whom the service sees: what an ingress says of its clients.
func (s *service) address(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{
		"remote":    r.RemoteAddr,
		"forwarded": r.Header.Get("X-Forwarded-For"),
		"proto":     r.Header.Get("X-Forwarded-Proto"),
	})
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
