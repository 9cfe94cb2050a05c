//go:build tools

// Package tools names the server that the MongoDB lane runs against, so that go.sum fixes what is built.
package tools

import _ "github.com/FerretDB/FerretDB/cmd/ferretdb"
