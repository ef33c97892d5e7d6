// Package ext stands in for the folder that Traefik's go.mod points to and its module archive lacks: extension
// points of its commercial editions, empty in the open one.
package ext

// HTTP extends the HTTP configuration by nothing.
type HTTP struct{}

// DeepCopyInto copies nothing.
func (in *HTTP) DeepCopyInto(out *HTTP) { *out = *in }

// Router extends a router by nothing.
type Router struct{}

// DeepCopyInto copies nothing.
func (in *Router) DeepCopyInto(out *Router) { *out = *in }
