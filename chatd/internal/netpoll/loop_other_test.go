//go:build !linux || portable

package netpoll

const goroutinesOfIdle = 90 + 10
