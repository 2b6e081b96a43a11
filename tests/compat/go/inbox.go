package main

import (
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// inbox holds what one consumer was given.
type inbox struct {
	mutex    sync.Mutex
	messages []*primitive.MessageExt
	arrived  chan struct{} // closed and replaced by each arrival
}

func newInbox() *inbox {
	return &inbox{arrived: make(chan struct{})}
}

func (b *inbox) add(messages ...*primitive.MessageExt) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.messages = append(b.messages, messages...)
	close(b.arrived)
	b.arrived = make(chan struct{})
}

func (b *inbox) all() []*primitive.MessageExt {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return append([]*primitive.MessageExt(nil), b.messages...)
}

// counts says how often each key came.
func (b *inbox) counts() map[string]int {
	counts := map[string]int{}
	for _, message := range b.all() {
		counts[message.GetKeys()]++
	}
	return counts
}

func (b *inbox) ofSeries(series string) []*primitive.MessageExt {
	var found []*primitive.MessageExt
	for _, message := range b.all() {
		if strings.HasPrefix(message.GetKeys(), series+"-") {
			found = append(found, message)
		}
	}
	return found
}

func (b *inbox) nextArrival() <-chan struct{} {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.arrived
}

// awaitKeys waits until every key came at least once.
func (b *inbox) awaitKeys(expected []string) {
	end := time.After(patience())
	for {
		arrival := b.nextArrival()
		missing := without(expected, b.counts())
		if len(missing) == 0 {
			return
		}
		select {
		case <-arrival:
		case <-end:
			fail("%d of %d messages did not come within %v, such as %s", len(missing), len(expected), patience(), missing[0])
		}
	}
}

func without(expected []string, counts map[string]int) []string {
	var missing []string
	for _, key := range expected {
		if counts[key] == 0 {
			missing = append(missing, key)
		}
	}
	return missing
}

// holdsExactly checks that these keys came, each once, and no others.
func (b *inbox) holdsExactly(expected []string) {
	counts := b.counts()
	for _, key := range expected {
		equal(1, counts[key], "deliveries of "+key)
		delete(counts, key)
	}
	for key := range counts {
		fail("%d unexpected messages came, such as %s", len(counts), key)
	}
}

func (b *inbox) awaitExactly(expected []string) {
	b.awaitKeys(expected)
	b.holdsExactly(expected)
}
