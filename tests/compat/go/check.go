package main

import (
	"fmt"
	"time"
)

const pollInterval = 20 * time.Millisecond

// failure is what a failed check panics with.
type failure string

func fail(format string, args ...any) {
	panic(failure(fmt.Sprintf(format, args...)))
}

func check(holds bool, format string, args ...any) {
	if !holds {
		fail(format, args...)
	}
}

func equal[T comparable](expected, actual T, what string) {
	check(expected == actual, "%s is %v, not %v", what, actual, expected)
}

func succeeds(err error, what string) {
	check(err == nil, "%s: %v", what, err)
}

// eventually is for what the other side announces to nobody.
func eventually(patience time.Duration, what string, holds func() bool) {
	for end := time.Now().Add(patience); !holds(); time.Sleep(pollInterval) {
		check(time.Now().Before(end), "not within %v: %s", patience, what)
	}
}
