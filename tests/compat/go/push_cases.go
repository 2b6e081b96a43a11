package main

import (
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
)

const (
	probedQueues = 6
	probeRounds  = 100
	probePause   = 200 * time.Millisecond
	settlePause  = 200 * time.Millisecond
)

// pushCases are groups of push consumers: who gets what, and from where on.
func pushCases() []testCase {
	return []testCase{
		{"push-one", pushOne},
		{"push-three", pushThree},
		{"push-tags", pushTags},
		{"push-resume", pushResume},
		{"push-broadcast", pushBroadcast},
	}
}

func pushOne(s *scene) {
	topic := s.topic(4)
	box := s.consume("group", topic, "*")
	send(s.producer(), letters(topic, "one", 0, 100)...)
	box.awaitExactly(keys("one", 0, 100))
}

func count(members []member, series string) int {
	distinct := map[string]bool{}
	for _, member := range members {
		for _, message := range member.ofSeries(series) {
			distinct[message.GetKeys()] = true
		}
	}
	return len(distinct)
}

func fairlyShared(members []member, series string) bool {
	for _, member := range members {
		if len(member.ofSeries(series)) != probedQueues/len(members) {
			return false
		}
	}
	return true
}

// awaitShares probes every queue, round by round, until each member got its
// share, and no more, of two rounds running.
func awaitShares(client rocketmq.Producer, topic string, members []member) {
	for round, shared := 0, 0; shared < 2; round++ {
		check(round < probeRounds, "after %d rounds the queues are not shared out", probeRounds)
		series := key("probe", round)
		send(client, letters(topic, series, 0, probedQueues)...)
		eventually(patience(), "a round of probes", func() bool { return count(members, series) >= probedQueues })
		time.Sleep(probePause)
		if fairlyShared(members, series) {
			shared++
		} else {
			shared = 0
		}
	}
}

func pushThree(s *scene) {
	topic := s.topic(probedQueues)
	client := s.producer()
	members := []member{
		s.consume("group", topic, "*"), s.consume("group", topic, "*"), s.consume("group", topic, "*"),
	}
	awaitShares(client, topic, members)

	send(client, letters(topic, "shared", 0, 120)...)

	eventually(patience(), "120 messages among the members", func() bool { return count(members, "shared") >= 120 })
	everything := newInbox()
	for _, member := range members {
		check(len(member.ofSeries("shared")) > 0, "a member got nothing")
		everything.add(member.ofSeries("shared")...)
	}
	everything.holdsExactly(keys("shared", 0, 120))
}

func pushTags(s *scene) {
	topic := s.topic(2)
	some := s.consume("some", topic, "A || B")
	single := s.consume("single", topic, "C")
	send(s.producer(), letters(topic, "tagged", 0, 60)...)

	var ofAB, ofC []string
	for number, key := range keys("tagged", 0, 60) {
		if tag(number) == "C" {
			ofC = append(ofC, key)
		} else {
			ofAB = append(ofAB, key)
		}
	}
	some.awaitExactly(ofAB)
	single.awaitExactly(ofC)
}

// finish shuts a consumer down once the client has counted everything as
// consumed: that is after its callback returned.  The pull that is under way by
// then carries an older offset; it has to be there before the last one.
func (m member) finish(topic string) {
	eventually(patience(), "the consumer to have consumed everything", func() bool {
		behind, known := m.client.GetOffsetDiffMap()[topic]
		return known && behind == 0
	})
	time.Sleep(settlePause)
	succeeds(m.client.Shutdown(), "shutdown")
}

// pushResume: a clean shutdown leaves the offset behind.  There is one, because
// of a group's first commits RocketMQ may forget those that come at once.
func pushResume(s *scene) {
	topic := s.topic(1)
	client := s.producer()
	send(client, letters(topic, "before", 0, 40)...)
	first := s.consume("group", topic, "*")
	first.awaitExactly(keys("before", 0, 40))
	first.finish(topic)

	send(client, letters(topic, "between", 0, 40)...)
	second := s.consume("group", topic, "*", consumer.WithConsumeGoroutineNums(1))
	second.awaitKeys(keys("between", 0, 40))
	send(client, letters(topic, "after", 0, 40)...)

	second.awaitKeys(keys("after", 0, 40))
	second.holdsExactly(append(keys("between", 0, 40), keys("after", 0, 40)...))
}

func pushBroadcast(s *scene) {
	topic := s.topic(2)
	left := s.consume("group", topic, "*", consumer.WithConsumerModel(consumer.BroadCasting))
	right := s.consume("group", topic, "*", consumer.WithConsumerModel(consumer.BroadCasting))
	send(s.producer(), letters(topic, "news", 0, 40)...)
	left.awaitExactly(keys("news", 0, 40))
	right.awaitExactly(keys("news", 0, 40))
}
