package main

import (
	"context"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

const retryPause = 50 * time.Millisecond

// restartCases: the broker goes and comes back under its clients.
func restartCases() []testCase {
	return []testCase{
		{"restart-clean", restartClean},
		{"restart-killed", restartKilled},
	}
}

func restartClean(s *scene) {
	topic := s.topic(1)
	client := s.producer()
	send(client, letters(topic, "letter", 0, 60)...)
	before := s.consume("group", topic, "*")
	before.awaitExactly(keys("letter", 0, 60))
	before.finish(topic)
	send(client, letters(topic, "letter", 60, 90)...)

	server("stop-broker")
	server("start")

	eventually(patience(), "the producer to send again", func() bool {
		_, err := client.SendSync(context.Background(), letter(topic, "hello", 0))
		return err == nil
	})
	after := s.consume("group", topic, "*")
	everything := s.consume("new-group", topic, "*")
	after.awaitKeys(append(keys("letter", 60, 90), "hello-0"))
	everything.awaitKeys(append(keys("letter", 0, 90), "hello-0"))
	equal(30, len(after.ofSeries("letter")), "letters to the old group")
	equal(90, len(everything.ofSeries("letter")), "letters to the new group")
}

// sender sends until it is stopped and keeps what was acknowledged.
type sender struct {
	mutex        sync.Mutex
	acknowledged []string
	stop         chan struct{}
	done         chan struct{}
}

func startSender(client rocketmq.Producer, topic string) *sender {
	s := &sender{stop: make(chan struct{}), done: make(chan struct{})}
	go s.run(client, topic)
	return s
}

func (s *sender) run(client rocketmq.Producer, topic string) {
	defer close(s.done)
	for number := 0; ; number++ {
		select {
		case <-s.stop:
			return
		default:
		}
		if _, err := client.SendSync(context.Background(), letter(topic, "letter", number)); err != nil {
			time.Sleep(retryPause)
			continue
		}
		s.mutex.Lock()
		s.acknowledged = append(s.acknowledged, key("letter", number))
		s.mutex.Unlock()
	}
}

func (s *sender) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.acknowledged)
}

func restartKilled(s *scene) {
	topic := s.topic(2)
	sending := startSender(s.producer(producer.WithRetry(0)), topic)
	eventually(20*time.Second, "300 messages acknowledged", func() bool { return sending.count() >= 300 })

	server("kill-broker")
	before := sending.count()
	server("start")

	eventually(patience(), "300 more after the restart", func() bool { return sending.count() >= before+300 })
	close(sending.stop)
	<-sending.done
	s.consume("group", topic, "*").awaitKeys(sending.acknowledged)
}
