package main

import (
	"fmt"
	"strconv"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func key(series string, number int) string {
	return fmt.Sprintf("%s-%d", series, number)
}

func keys(series string, from, to int) []string {
	var all []string
	for number := from; number < to; number++ {
		all = append(all, key(series, number))
	}
	return all
}

func tag(number int) string {
	return "ABC"[number%3 : number%3+1]
}

// letter makes a numbered message that can be checked wherever it turns up.
func letter(topic, series string, number int) *primitive.Message {
	message := primitive.NewMessage(topic, []byte("body of "+key(series, number)))
	message.WithTag(tag(number))
	message.WithKeys([]string{key(series, number)})
	message.WithProperty("number", strconv.Itoa(number))
	message.WithProperty("series", series)
	return message
}

func letters(topic, series string, from, to int) []*primitive.Message {
	var all []*primitive.Message
	for number := from; number < to; number++ {
		all = append(all, letter(topic, series, number))
	}
	return all
}

// verify checks that what was found is what was sent.
func verify(sent *primitive.Message, found *primitive.MessageExt) {
	what := sent.GetKeys() + ": "
	equal(sent.Topic, found.Topic, what+"topic")
	equal(string(sent.Body), string(found.Body), what+"body")
	equal(sent.GetTags(), found.GetTags(), what+"tag")
	equal(sent.GetKeys(), found.GetKeys(), what+"keys")
	for _, name := range []string{"number", "series"} {
		equal(sent.GetProperty(name), found.GetProperty(name), what+"property "+name)
	}
}
