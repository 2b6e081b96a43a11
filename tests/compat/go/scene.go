package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

// scene is what one case works with: names of its own, clients that end with
// it, and the server's switch.
type scene struct {
	prefix  string
	clients int
	closers []func() error
}

func newScene(name string) *scene {
	return &scene{prefix: strings.ReplaceAll(name, ".", "_") + "_"}
}

// close does not wait: a client takes seconds to shut down, all of them idle.
func (s *scene) close() {
	for _, closer := range s.closers {
		go closer()
	}
}

func environment(variable string) string {
	value := os.Getenv(variable)
	check(value != "", "%s is not set", variable)
	return value
}

// patience is how long to wait for messages.
func patience() time.Duration {
	seconds, err := strconv.Atoi(environment("SKUA_COMPAT_PATIENCE"))
	succeeds(err, "SKUA_COMPAT_PATIENCE")
	return time.Duration(seconds) * time.Second
}

func quietLog() {
	rlog.SetLogLevel("warn")
	succeeds(rlog.SetOutputPath(filepath.Join(environment("SKUA_COMPAT_DIR"), "go-client.log")), "client log")
}

// address reads where the server under test listens: NAMESRV or BROKER.
func address(name string) string {
	text, err := os.ReadFile(filepath.Join(environment("SKUA_COMPAT_DIR"), "address"))
	succeeds(err, "address of the server")
	for _, line := range strings.Split(string(text), "\n") {
		if value, found := strings.CutPrefix(line, name+"="); found {
			return value
		}
	}
	fail("the server has no %s", name)
	return ""
}

func namesrv() primitive.NamesrvAddr {
	return primitive.NamesrvAddr{address("NAMESRV")}
}

func (s *scene) name(suffix string) string {
	return s.prefix + suffix
}

// instance makes every client a process of its own as far as the broker can see.
func (s *scene) instance() string {
	s.clients++
	return s.name("client-" + strconv.Itoa(s.clients))
}

// topic makes a topic with so many queues.
func (s *scene) topic(queues int) string {
	topic := s.name("topic")
	client, err := admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver(namesrv())))
	succeeds(err, "admin client")
	defer client.Close()
	succeeds(client.CreateTopic(context.Background(), admin.WithTopicCreate(topic),
		admin.WithBrokerAddrCreate(address("BROKER")),
		admin.WithReadQueueNums(queues), admin.WithWriteQueueNums(queues)), "create "+topic)
	return topic
}

func (s *scene) producer(options ...producer.Option) rocketmq.Producer {
	client, err := rocketmq.NewProducer(append([]producer.Option{
		producer.WithNameServer(namesrv()),
		producer.WithGroupName(s.name("producer")),
		producer.WithInstanceName(s.instance()),
	}, options...)...)
	succeeds(err, "new producer")
	succeeds(client.Start(), "start of the producer")
	s.closers = append(s.closers, client.Shutdown)
	return client
}

// member is a push consumer at work and what it got.
type member struct {
	*inbox
	client rocketmq.PushConsumer
}

func (s *scene) consume(group, topic, expression string, options ...consumer.Option) member {
	client, err := rocketmq.NewPushConsumer(append([]consumer.Option{
		consumer.WithNameServer(namesrv()),
		consumer.WithGroupName(s.name(group)),
		consumer.WithInstance(s.instance()),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}, options...)...)
	succeeds(err, "new consumer")
	box := newInbox()
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: expression}
	succeeds(client.Subscribe(topic, selector,
		func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			box.add(messages...)
			return consumer.ConsumeSuccess, nil
		}), "subscribe")
	succeeds(client.Start(), "start of the consumer")
	s.closers = append(s.closers, client.Shutdown)
	return member{box, client}
}

func send(client rocketmq.Producer, messages ...*primitive.Message) {
	for _, message := range messages {
		result, err := client.SendSync(context.Background(), message)
		succeeds(err, "send of "+message.GetKeys())
		equal(primitive.SendOK, result.Status, message.GetKeys()+": send status")
	}
}

// server tells the server under test to stop-broker, kill-broker or start.
func server(command string) {
	dir := environment("SKUA_COMPAT_DIR")
	log, err := os.OpenFile(filepath.Join(dir, "control.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	succeeds(err, "control log")
	defer log.Close()
	control := exec.Command(environment("SKUA_COMPAT_SERVER"), command, dir)
	control.Stdout, control.Stderr = log, log
	succeeds(control.Run(), "server "+command)
}
