package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"
)

var bounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// metrics holds the series of the service's documents in the text format of Prometheus (0.0.4).
type metrics struct {
	mu              sync.Mutex
	requests        map[string]int
	durations       map[string]*histogram
	queries         map[string]*histogram
	databaseErrors  map[string]int
	connections     int
	webSocketErrors map[string]int
}

type histogram struct {
	buckets []int
	sum     float64
	count   int
}

// newMetrics has every error's series from the start: an alert's rate() does not see the first increase of one that is new.
func newMetrics() *metrics {
	return &metrics{
		requests:        map[string]int{},
		durations:       map[string]*histogram{},
		queries:         map[string]*histogram{},
		databaseErrors:  map[string]int{labels("operation", "select"): 0},
		webSocketErrors: map[string]int{labels("reason", "handshake"): 0, labels("reason", "protocol"): 0, labels("reason", "read"): 0},
	}
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[labels("method", method, "path", route, "status", strconv.Itoa(status))]++
	observe(m.durations, labels("method", method, "path", route), took)
}

func (m *metrics) query(operation string, took time.Duration, failed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	observe(m.queries, labels("operation", operation), took)
	if failed {
		m.databaseErrors[labels("operation", operation)]++
	}
}

func (m *metrics) connected(change int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections += change
}

func (m *metrics) webSocketError(reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.webSocketErrors[labels("reason", reason)]++
}

func observe(in map[string]*histogram, key string, took time.Duration) {
	one := in[key]
	if one == nil {
		one = &histogram{buckets: make([]int, len(bounds))}
		in[key] = one
	}
	seconds := took.Seconds()
	for i, bound := range bounds {
		if seconds <= bound {
			one.buckets[i]++
		}
	}
	one.sum += seconds
	one.count++
}

func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	writeCounter(w, "http_requests_total", "Requests answered.", m.requests)
	writeHistogram(w, "http_request_duration_seconds", "Time to answer a request.", m.durations)
	fmt.Fprintf(w, "# HELP websocket_connections_active Open WebSockets.\n# TYPE websocket_connections_active gauge\nwebsocket_connections_active %d\n", m.connections)
	writeCounter(w, "websocket_errors_total", "WebSockets that failed or broke the protocol.", m.webSocketErrors)
	writeHistogram(w, "database_query_duration_seconds", "Time of a query.", m.queries)
	writeCounter(w, "database_errors_total", "Queries that failed.", m.databaseErrors)
}

func writeCounter(w io.Writer, name, help string, values map[string]int) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n", name, help, name)
	for _, key := range sorted(values) {
		fmt.Fprintf(w, "%s{%s} %d\n", name, key, values[key])
	}
}

func writeHistogram(w io.Writer, name, help string, values map[string]*histogram) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name)
	for _, key := range sorted(values) {
		one := values[key]
		for i, bound := range bounds {
			fmt.Fprintf(w, "%s_bucket{%s,le=\"%s\"} %d\n", name, key, strconv.FormatFloat(bound, 'g', -1, 64), one.buckets[i])
		}
		fmt.Fprintf(w, "%s_bucket{%s,le=\"+Inf\"} %d\n", name, key, one.count)
		fmt.Fprintf(w, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, key, one.sum, name, key, one.count)
	}
}

// labels joins names and values; the values are this program's own and need no escapes.
func labels(pairs ...string) string {
	text := ""
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			text += ","
		}
		text += pairs[i] + `="` + pairs[i+1] + `"`
	}
	return text
}

func sorted[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
