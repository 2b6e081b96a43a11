'use strict';

const assert = require('assert');
const { Message } = require('ali-ons');

const key = (series, number) => `${series}-${number}`;
const tag = number => 'ABC'[number % 3];

function range(from, to) {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function keys(series, from, to) {
  return range(from, to).map(number => key(series, number));
}

/** A numbered message that can be checked wherever it turns up. */
function letter(topic, series, number) {
  const message = new Message(topic, tag(number), `body of ${key(series, number)}`);
  message.keys = [ key(series, number) ];
  message.properties.number = String(number);
  message.properties.series = series;
  return message;
}

function letters(topic, series, from, to) {
  return range(from, to).map(number => letter(topic, series, number));
}

/** What was found is what was sent. */
function verify(sent, found) {
  for (const name of [ 'topic', 'keys', 'tags' ]) {
    assert.strictEqual(found[name], sent[name], `${sent.keys}: ${name} is ${found[name]}, not ${sent[name]}`);
  }
  for (const name of [ 'number', 'series' ]) {
    assert.strictEqual(found.properties[name], sent.properties[name], `${sent.keys}: property ${name} differs`);
  }
  assert.ok(sent.body.equals(found.body), `${sent.keys}: the body differs`);
}

module.exports = { key, keys, letter, letters, range, tag, verify };
