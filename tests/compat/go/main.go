// Command compat runs named cases of the unmodified Go client against the
// server that its environment names: "compat SUITE list" names them, "compat
// SUITE CASE..." runs them in that order.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

const caseTimeout = 150 * time.Second

type testCase struct {
	name string
	run  func(*scene)
}

func suites() map[string][]testCase {
	return map[string][]testCase{
		"go":         append(sendCases(), pushCases()...),
		"go-restart": restartCases(),
	}
}

func main() {
	suite := os.Args[1]
	cases := suites()[suite]
	if len(os.Args) == 3 && os.Args[2] == "list" {
		for _, c := range cases {
			fmt.Println(suite + "." + c.name)
		}
		return
	}
	quietLog()
	status := 0
	for _, name := range os.Args[2:] {
		if !verdict(name, find(cases, strings.TrimPrefix(name, suite+"."))) {
			status = 1
		}
	}
	os.Exit(status)
}

func find(cases []testCase, name string) func(*scene) {
	for _, c := range cases {
		if c.name == name {
			return c.run
		}
	}
	return func(*scene) { fail("no such case") }
}

func verdict(name string, run func(*scene)) bool {
	start := time.Now()
	outcome := make(chan string, 1)
	go func() { outcome <- attempt(name, run) }()
	reason := ""
	select {
	case reason = <-outcome:
	case <-time.After(caseTimeout):
		reason = fmt.Sprintf("no end within %v", caseTimeout)
	}
	if reason == "" {
		fmt.Printf("ok %s (%d)\n", name, time.Since(start).Milliseconds())
		return true
	}
	fmt.Printf("FAIL %s: %s\n", name, strings.Join(strings.Fields(reason), " "))
	return false
}

// attempt turns the panic of a failed check into its reason.
func attempt(name string, run func(*scene)) (reason string) {
	s := newScene(name)
	defer func() {
		s.close()
		if r := recover(); r != nil {
			reason = fmt.Sprint(r)
		}
	}()
	run(s)
	return ""
}
