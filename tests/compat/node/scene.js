'use strict';

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');
const { once } = require('events');
const { Consumer, Producer } = require('ali-ons');
const ConsumeFromWhere = require('ali-ons/lib/consumer/consume_from_where');
const { Inbox } = require('./inbox');

const POLL_MILLIS = 20;

function environment(variable) {
  assert.ok(process.env[variable], `${variable} is not set`);
  return process.env[variable];
}

/** Where the server under test listens: NAMESRV or BROKER. */
function address(name) {
  const text = fs.readFileSync(path.join(environment('SKUA_COMPAT_DIR'), 'address'), 'utf8');
  const line = text.split('\n').find(line => line.startsWith(`${name}=`));
  assert.ok(line, `the server has no ${name}`);
  return line.slice(name.length + 1);
}

/** How long to wait for messages. */
const patience = Number(process.env.SKUA_COMPAT_PATIENCE);

const sleep = millis => new Promise(resolve => setTimeout(resolve, millis));

/** For what the other side announces to nobody. */
async function eventually(seconds, what, holds) {
  const end = Date.now() + seconds * 1000;
  while (!await holds()) {
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await sleep(POLL_MILLIS);
  }
}

/** The client's own log, off the standard streams. */
function clientLog() {
  const file = fs.createWriteStream(path.join(environment('SKUA_COMPAT_DIR'), 'node-client.log'), { flags: 'a' });
  const write = (...args) => file.write(args.map(String).join(' ') + '\n');
  return { debug() {}, info() {}, warn: write, error: write };
}

/** What one case works with: names of its own, clients that end with it, and the server's switch. */
class Scene {
  constructor(name) {
    this.prefix = name.replace('.', '_') + '_';
    this.clients = [];
  }

  name(suffix) {
    return this.prefix + suffix;
  }

  /**
   * Every client is a process of its own as far as the broker can see; this one shares queues out on a timer
   * only, so the timer is short.  The HTTP client is wanted but never used with a known nameserver.
   */
  options(extra) {
    return Object.assign({
      nameSrv: address('NAMESRV'),
      instanceName: this.name(`client-${this.clients.length}`),
      httpclient: {},
      logger: clientLog(),
      rebalanceInterval: 1000,
    }, extra);
  }

  keep(client) {
    client.on('error', () => {});
    this.clients.push(client);
    return client;
  }

  async producer(extra) {
    const producer = this.keep(new Producer(this.options(Object.assign({
      producerGroup: this.name('producer'),
    }, extra))));
    await producer.ready();
    return producer;
  }

  /** A consumer at work: what it gets is in its inbox. */
  async consume(group, topic, expression, extra) {
    const consumer = this.keep(new Consumer(this.options(Object.assign({
      consumerGroup: this.name(group),
      consumeFromWhere: ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET,
    }, extra))));
    const inbox = new Inbox();
    consumer.subscribe(topic, expression, async message => inbox.add(message));
    await consumer.ready();
    return { consumer, inbox };
  }

  /** This client sends to topics that are there, and makes none by itself. */
  async topic(queues) {
    const topic = this.name('topic');
    const producer = await this.producer({ producerGroup: this.name('creator') });
    await producer._mqClient.createTopic(address('BROKER'), 'TBW102', {
      topicName: topic,
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
    }, 3000);
    return topic;
  }

  close() {
    this.clients.forEach(client => client.close().catch(() => {}));
  }
}

/** Tells the server under test to stop-broker, kill-broker or start. */
async function server(command) {
  const dir = environment('SKUA_COMPAT_DIR');
  const log = fs.openSync(path.join(dir, 'control.log'), 'a');
  const control = spawn(environment('SKUA_COMPAT_SERVER'), [ command, dir ], { stdio: [ 'ignore', log, log ] });
  const [ status ] = await once(control, 'exit');
  fs.closeSync(log);
  assert.strictEqual(status, 0, `server ${command} failed, see the end of its log`);
}

module.exports = { Scene, eventually, patience, server, sleep };
