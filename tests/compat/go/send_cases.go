package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// sendCases are every way to send, and what arrives of it.
func sendCases() []testCase {
	return []testCase{
		{"send-sync", sendSync},
		{"send-async", sendAsync},
		{"send-oneway", sendOneway},
		{"send-batch", sendBatch},
		{"send-selector", sendSelector},
		{"send-compressed", sendCompressed},
		{"send-auto-create", sendAutoCreate},
		{"send-unicode", sendUnicode},
	}
}

func verifyAll(box *inbox, topic, series string, count int) {
	box.awaitExactly(keys(series, 0, count))
	sent := map[string]*primitive.Message{}
	for _, message := range letters(topic, series, 0, count) {
		sent[message.GetKeys()] = message
	}
	for _, found := range box.all() {
		verify(sent[found.GetKeys()], found)
	}
}

func sendSync(s *scene) {
	topic := s.topic(4)
	client := s.producer()
	next := map[int]int64{}
	ids := map[string]string{}
	for _, message := range letters(topic, "sync", 0, 100) {
		result, err := client.SendSync(context.Background(), message)
		succeeds(err, "send")
		equal(primitive.SendOK, result.Status, "send status")
		queue := result.MessageQueue.QueueId
		equal(next[queue], result.QueueOffset, "queue offset")
		next[queue]++
		ids[message.GetKeys()] = result.MsgID
	}

	box := s.consume("group", topic, "*").inbox
	verifyAll(box, topic, "sync", 100)
	for _, found := range box.all() {
		equal(ids[found.GetKeys()], found.MsgId, found.GetKeys()+": message id")
	}
}

func sendAsync(s *scene) {
	topic := s.topic(4)
	client := s.producer()
	var answers sync.WaitGroup
	failures := make(chan error, 300)
	for _, message := range letters(topic, "async", 0, 300) {
		answers.Add(1)
		succeeds(client.SendAsync(context.Background(), func(_ context.Context, _ *primitive.SendResult, err error) {
			defer answers.Done()
			if err != nil {
				failures <- err
			}
		}, message), "send")
	}

	awaitGroup(&answers)
	equal(0, len(failures), "failed sends")
	verifyAll(s.consume("group", topic, "*").inbox, topic, "async", 300)
}

func awaitGroup(group *sync.WaitGroup) {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		fail("callbacks missing after 15 s")
	}
}

func sendOneway(s *scene) {
	topic := s.topic(4)
	client := s.producer()
	for _, message := range letters(topic, "oneway", 0, 100) {
		succeeds(client.SendOneWay(context.Background(), message), "send")
	}
	verifyAll(s.consume("group", topic, "*").inbox, topic, "oneway", 100)
}

func sendBatch(s *scene) {
	topic := s.topic(1)
	result, err := s.producer().SendSync(context.Background(), letters(topic, "batch", 0, 50)...)
	succeeds(err, "send")
	equal(primitive.SendOK, result.Status, "send status")
	equal(50, len(strings.Split(result.OffsetMsgID, ",")), "offset ids in the answer")
	verifyAll(s.consume("group", topic, "*").inbox, topic, "batch", 50)
}

func sendSelector(s *scene) {
	topic := s.topic(4)
	client := s.producer(producer.WithQueueSelector(producer.NewHashQueueSelector()))
	queues := map[string]int{}
	for number, message := range letters(topic, "selected", 0, 60) {
		order := string(rune('a' + number%6))
		message.WithShardingKey(order)
		result, err := client.SendSync(context.Background(), message)
		succeeds(err, "send")
		if queue, known := queues[order]; known {
			equal(queue, result.MessageQueue.QueueId, "queue of order "+order)
		}
		queues[order] = result.MessageQueue.QueueId
	}
	verifyAll(s.consume("group", topic, "*").inbox, topic, "selected", 60)
}

func sendCompressed(s *scene) {
	topic := s.topic(1)
	message := letter(topic, "big", 0)
	message.Body = bytes.Repeat([]byte("skua "), 20000)
	send(s.producer(), message)

	box := s.consume("group", topic, "*").inbox
	box.awaitExactly(keys("big", 0, 1))
	found := box.all()[0]
	check(bytes.Equal(message.Body, found.Body), "the body differs")
	check(int(found.StoreSize) < len(message.Body)/2, "stored in %d bytes", found.StoreSize)
}

func sendAutoCreate(s *scene) {
	topic := s.name("topic")
	send(s.producer(producer.WithDefaultTopicQueueNums(2)), letters(topic, "new", 0, 10)...)
	verifyAll(s.consume("group", topic, "*").inbox, topic, "new", 10)
}

// sendUnicode leaves the tag alone: this client hashes its UTF-8 bytes, a Java
// broker the UTF-16 units, and takes the client's word for what to compare.
func sendUnicode(s *scene) {
	topic := s.topic(1)
	message := primitive.NewMessage(topic, []byte("Möwe 海鸥 🐦"))
	message.WithTag("tag").WithKeys([]string{"ключ"}).WithProperty("größe", "groß")
	send(s.producer(), message)

	box := s.consume("group", topic, "tag").inbox
	box.awaitExactly([]string{"ключ"})
	found := box.all()[0]
	equal(string(message.Body), string(found.Body), "body")
	equal("groß", found.GetProperty("größe"), "property")
}
