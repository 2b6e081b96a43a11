'use strict';

const assert = require('assert');
const { Message } = require('ali-ons');
const { Inbox } = require('./inbox');
const { key, keys, letter, letters, range, tag, verify } = require('./letters');
const { eventually, patience, server, sleep } = require('./scene');

const PROBED_QUEUES = 6;
const PROBE_ROUNDS = 100;
const PROBE_MILLIS = 200;
const RETRY_MILLIS = 50;
const SETTLE_MILLIS = 200;

async function send(producer, messages) {
  for (const message of messages) {
    const result = await producer.send(message);
    assert.strictEqual(result.sendStatus, 'SEND_OK', `send status of ${message.keys}`);
  }
}

async function verifyAll(inbox, topic, series, count) {
  await inbox.awaitExactly(keys(series, 0, count), patience);
  const sent = new Map(letters(topic, series, 0, count).map(message => [ message.keys, message ]));
  inbox.messages.forEach(found => verify(sent.get(found.keys), found));
}

async function sendSync(scene) {
  const topic = await scene.topic(4);
  const producer = await scene.producer();
  const next = new Map();
  for (const message of letters(topic, 'sync', 0, 100)) {
    const { sendStatus, messageQueue, queueOffset } = await producer.send(message);
    assert.strictEqual(sendStatus, 'SEND_OK');
    const expected = next.get(messageQueue.queueId) || 0;
    assert.strictEqual(queueOffset, expected, `offset ${queueOffset}, not ${expected}, in ${messageQueue.key}`);
    next.set(messageQueue.queueId, expected + 1);
  }
  const { inbox } = await scene.consume('group', topic, '*');
  await verifyAll(inbox, topic, 'sync', 100);
}

async function sendAsync(scene) {
  const topic = await scene.topic(4);
  const producer = await scene.producer();
  await send(producer, letters(topic, 'first', 0, 1));
  await Promise.all(letters(topic, 'async', 0, 200).map(message => send(producer, [ message ])));
  const { inbox } = await scene.consume('group', topic, '*');
  await inbox.awaitExactly([ 'first-0', ...keys('async', 0, 200) ], patience);
}

async function sendCompressed(scene) {
  const topic = await scene.topic(1);
  const body = Buffer.alloc(100000, 'skua ');
  const message = new Message(topic, 'tag', body);
  message.keys = [ 'big-0' ];
  await send(await scene.producer(), [ message ]);
  const { inbox } = await scene.consume('group', topic, '*');
  await inbox.awaitExactly([ 'big-0' ], patience);
  const [ found ] = inbox.messages;
  assert.ok(body.equals(found.body), 'the body differs');
  assert.ok(found.storeSize < body.length / 2, `stored in ${found.storeSize} bytes`);
}

async function sendUnicode(scene) {
  const topic = await scene.topic(1);
  const message = new Message(topic, '标签', 'Möwe 海鸥 🐦');
  message.keys = [ 'ключ' ];
  message.properties['größe'] = 'groß';
  await send(await scene.producer(), [ message ]);
  const { inbox } = await scene.consume('group', topic, '标签');
  await inbox.awaitExactly([ 'ключ' ], patience);
  const [ found ] = inbox.messages;
  assert.strictEqual(found.body.toString(), 'Möwe 海鸥 🐦', 'body');
  assert.strictEqual(found.properties['größe'], 'groß', 'property');
}

async function pushOne(scene) {
  const topic = await scene.topic(4);
  const { inbox } = await scene.consume('group', topic, '*');
  await send(await scene.producer(), letters(topic, 'one', 0, 100));
  await inbox.awaitExactly(keys('one', 0, 100), patience);
}

function received(inboxes, series) {
  return new Set(inboxes.flatMap(inbox => inbox.ofSeries(series)).map(message => message.keys)).size;
}

/** Probes every queue, round by round, until each member got its share, and no more, of two rounds running. */
async function awaitShares(producer, topic, inboxes) {
  let shared = 0;
  for (let round = 0; shared < 2; round++) {
    assert.ok(round < PROBE_ROUNDS, `after ${PROBE_ROUNDS} rounds the queues are not shared out`);
    const series = key('probe', round);
    await send(producer, letters(topic, series, 0, PROBED_QUEUES));
    await eventually(patience, 'a round of probes', () => received(inboxes, series) >= PROBED_QUEUES);
    await sleep(PROBE_MILLIS);
    const fair = inboxes.every(inbox => inbox.ofSeries(series).length === PROBED_QUEUES / inboxes.length);
    shared = fair ? shared + 1 : 0;
  }
}

async function pushThree(scene) {
  const topic = await scene.topic(PROBED_QUEUES);
  const producer = await scene.producer();
  const inboxes = [];
  for (let member = 0; member < 3; member++) {
    inboxes.push((await scene.consume('group', topic, '*')).inbox);
  }
  await awaitShares(producer, topic, inboxes);

  await send(producer, letters(topic, 'shared', 0, 120));

  await eventually(patience, '120 messages among the members', () => received(inboxes, 'shared') >= 120);
  const everything = new Inbox();
  inboxes.forEach(inbox => inbox.ofSeries('shared').forEach(message => everything.add(message)));
  everything.holdsExactly(keys('shared', 0, 120));
  inboxes.forEach(inbox => assert.ok(inbox.ofSeries('shared').length > 0, 'a member got nothing'));
}

async function pushTags(scene) {
  const topic = await scene.topic(2);
  const some = await scene.consume('some', topic, 'A || B');
  const single = await scene.consume('single', topic, 'C');
  await send(await scene.producer(), letters(topic, 'tagged', 0, 60));
  const ofC = range(0, 60).filter(number => tag(number) === 'C').map(number => key('tagged', number));
  await some.inbox.awaitExactly(keys('tagged', 0, 60).filter(key => !ofC.includes(key)), patience);
  await single.inbox.awaitExactly(ofC, patience);
}

/**
 * The client counts a message as consumed some ticks after the handler is done with it.  The pull that is under
 * way by then carries an older offset; it has to be there before the last one.
 */
async function finish(consumer) {
  await sleep(SETTLE_MILLIS);
  await consumer.close();
}

/**
 * A clean shutdown leaves the offset behind.  There is one, because of a group's first commits RocketMQ may
 * forget those that come at once.
 */
async function pushResume(scene) {
  const topic = await scene.topic(1);
  const producer = await scene.producer();
  await send(producer, letters(topic, 'before', 0, 40));
  const first = await scene.consume('group', topic, '*');
  await first.inbox.awaitExactly(keys('before', 0, 40), patience);
  await finish(first.consumer);

  await send(producer, letters(topic, 'between', 0, 40));
  const second = await scene.consume('group', topic, '*');
  await second.inbox.awaitKeys(keys('between', 0, 40), patience);
  await send(producer, letters(topic, 'after', 0, 40));

  await second.inbox.awaitExactly([ ...keys('between', 0, 40), ...keys('after', 0, 40) ], patience);
}

async function pushBroadcast(scene) {
  const topic = await scene.topic(2);
  const left = await scene.consume('group', topic, '*', { isBroadcast: true });
  const right = await scene.consume('group', topic, '*', { isBroadcast: true });
  await send(await scene.producer(), letters(topic, 'news', 0, 40));
  await left.inbox.awaitExactly(keys('news', 0, 40), patience);
  await right.inbox.awaitExactly(keys('news', 0, 40), patience);
}

async function restartClean(scene) {
  const topic = await scene.topic(1);
  const producer = await scene.producer();
  await send(producer, letters(topic, 'letter', 0, 60));
  const before = await scene.consume('group', topic, '*');
  await before.inbox.awaitExactly(keys('letter', 0, 60), patience);
  await finish(before.consumer);
  await send(producer, letters(topic, 'letter', 60, 90));

  await server('stop-broker');
  await server('start');

  await eventually(patience, 'the producer to send again',
    () => send(producer, letters(topic, 'hello', 0, 1)).then(() => true, () => false));
  const after = await scene.consume('group', topic, '*');
  const everything = await scene.consume('new-group', topic, '*');
  await after.inbox.awaitKeys([ ...keys('letter', 60, 90), 'hello-0' ], patience);
  await everything.inbox.awaitKeys([ ...keys('letter', 0, 90), 'hello-0' ], patience);
  assert.strictEqual(after.inbox.ofSeries('letter').length, 30, 'letters to the old group');
  assert.strictEqual(everything.inbox.ofSeries('letter').length, 90, 'letters to the new group');
}

async function sendUntil(stopped, producer, topic, acknowledged) {
  for (let number = 0; !stopped(); number++) {
    try {
      await producer.send(letter(topic, 'letter', number));
      acknowledged.push(key('letter', number));
    } catch (error) {
      await sleep(RETRY_MILLIS);
    }
  }
}

async function restartKilled(scene) {
  const topic = await scene.topic(2);
  const producer = await scene.producer({ retryTimesWhenSendFailed: 0 });
  const acknowledged = [];
  let stop = false;
  const sending = sendUntil(() => stop, producer, topic, acknowledged);
  await eventually(20, '300 messages acknowledged', () => acknowledged.length >= 300);

  await server('kill-broker');
  const before = acknowledged.length;
  await server('start');

  await eventually(patience, '300 more after the restart', () => acknowledged.length >= before + 300);
  stop = true;
  await sending;
  const { inbox } = await scene.consume('group', topic, '*');
  await inbox.awaitKeys(acknowledged, patience);
}

module.exports = {
  clientCases: {
    'send-sync': sendSync,
    'send-async': sendAsync,
    'send-compressed': sendCompressed,
    'send-unicode': sendUnicode,
    'push-one': pushOne,
    'push-three': pushThree,
    'push-tags': pushTags,
    'push-resume': pushResume,
    'push-broadcast': pushBroadcast,
  },
  restartCases: {
    'restart-clean': restartClean,
    'restart-killed': restartKilled,
  },
};
