package org.tapeloop.autograd.scan;

import org.tapeloop.autograd.spi.Backend;

/** Shards of rows, at most as many as a backend has threads. */
record RowShares(Backend backend) {

  /** Work on a range of rows. */
  @FunctionalInterface
  interface Work {
    void run(int shard, int from, int to);
  }

  /**
   * How many shards rows are cut into.
   *
   * @param least rows of a shard
   */
  int count(int rows, int least) {
    return Math.min(backend.threads(), Math.max(1, rows / least));
  }

  /**
   * Has threads share rows.
   *
   * @param multiple of which a shard has a whole number of rows, unless it is the last
   */
  void run(int rows, int shards, int multiple, Work work) {
    int blocks = (rows + multiple - 1) / multiple;
    backend.runAll(
        shards,
        shard -> {
          int from = (int) ((long) blocks * shard / shards) * multiple;
          int to = Math.min(rows, (int) ((long) blocks * (shard + 1) / shards) * multiple);
          if (from < to) {
            work.run(shard, from, to);
          }
        });
  }
}
