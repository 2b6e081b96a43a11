'use strict';

const assert = require('assert');
const { EventEmitter, once } = require('events');

/** What one consumer was given. */
class Inbox extends EventEmitter {
  constructor() {
    super();
    this.messages = [];
  }

  add(message) {
    this.messages.push(message);
    this.emit('arrival');
  }

  ofSeries(series) {
    return this.messages.filter(message => message.keys.startsWith(series + '-'));
  }

  /** How often each key came. */
  counts() {
    const counts = new Map();
    for (const { keys } of this.messages) {
      counts.set(keys, (counts.get(keys) || 0) + 1);
    }
    return counts;
  }

  /** Waits until every key came at least once. */
  async awaitKeys(keys, seconds) {
    const signal = AbortSignal.timeout(seconds * 1000);
    for (let missing = keys; missing.length > 0;) {
      missing = missing.filter(key => !this.counts().has(key));
      if (missing.length > 0) {
        await once(this, 'arrival', { signal }).catch(() => assert.fail(
          `${missing.length} of ${keys.length} messages did not come within ${seconds} s, such as ${missing[0]}`));
      }
    }
  }

  /** These keys came, each once, and no others. */
  holdsExactly(keys) {
    const counts = this.counts();
    for (const key of keys) {
      assert.strictEqual(counts.get(key), 1, `deliveries of ${key}: ${counts.get(key)}, not 1`);
      counts.delete(key);
    }
    assert.strictEqual(counts.size, 0, `${counts.size} unexpected messages came, such as ${[ ...counts.keys() ][0]}`);
  }

  async awaitExactly(keys, seconds) {
    await this.awaitKeys(keys, seconds);
    this.holdsExactly(keys);
  }
}

module.exports = { Inbox };
