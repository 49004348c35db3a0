package org.tapeloop.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Tensor;

class BatchesTest {
  private static final List<Integer> ITEMS = IntStream.range(0, 10).boxed().toList();

  private static List<Integer> pass(Batches<Integer> batches) {
    List<Integer> all = new ArrayList<>();
    batches.forEachRemaining(all::addAll);
    return all;
  }

  @Test
  void itemsComeInOrderAndTheLastBatchHasWhatIsLeft() {
    Batches<Integer> batches = Batches.inOrder(ITEMS, 4);
    assertEquals(3, batches.count());
    assertEquals(List.of(0, 1, 2, 3), batches.next());
    assertEquals(List.of(4, 5, 6, 7), batches.next());
    assertEquals(List.of(8, 9), batches.next());
    assertFalse(batches.hasNext());
    assertThrows(NoSuchElementException.class, batches::next);
    batches.nextPass();
    assertEquals(ITEMS, pass(batches));
  }

  @Test
  void eachPassIsAnotherPermutation() {
    Batches<Integer> batches = Batches.shuffled(ITEMS, 3, 5);
    List<Integer> first = pass(batches);
    batches.nextPass();
    List<Integer> second = pass(batches);
    assertNotEquals(ITEMS, first);
    assertNotEquals(first, second);
    assertEquals(ITEMS, first.stream().sorted().toList());
    assertEquals(ITEMS, second.stream().sorted().toList());
  }

  @Test
  void everyItemComesFirstEquallyOften() {
    int[] first = new int[5];
    int passes = 5000;
    Batches<Integer> batches = Batches.shuffled(ITEMS.subList(0, 5), 1, 9);
    for (int i = 0; i < passes; i++) {
      first[batches.next().getFirst()]++;
      batches.nextPass();
    }
    double expected = passes / 5.0;
    for (int count : first) {
      // Five standard deviations of a binomial count.
      assertTrue(Math.abs(count - expected) <= 5 * Math.sqrt(expected * 0.8), "count " + count);
    }
  }

  @Test
  void seekingGoesOnAsBefore() {
    Batches<Integer> straight = Batches.shuffled(ITEMS, 3, 7);
    straight.nextPass();
    straight.next();
    Batches<Integer> resumed = Batches.shuffled(ITEMS, 3, 7);
    resumed.seek(straight.pass(), straight.position());
    assertEquals(pass(straight), pass(resumed));
  }

  @Test
  void aLoadedStateGoesOnAsBefore() {
    Batches<Integer> straight = Batches.bucketed(ITEMS, item -> item % 4, 3, 2, 7);
    straight.nextPass();
    straight.next();
    Batches<Integer> resumed = Batches.bucketed(ITEMS, item -> item % 4, 3, 2, 7);
    resumed.load(straight.state());
    assertEquals(pass(straight), pass(resumed));
  }

  @Test
  void aStateOfSomethingElseIsRefusedAndChangesNothing() {
    Batches<Integer> batches = Batches.inOrder(ITEMS, 3);
    batches.next();
    assertThrows(IllegalArgumentException.class, () -> batches.load(Map.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> batches.load(Map.of("place", Tensor.ofDoubles(0, 1.5))));
    assertThrows(
        IllegalArgumentException.class,
        () -> batches.load(Map.of("place", Tensor.ofDoubles(0, 9))));
    assertEquals(1, batches.position());
  }

  @Test
  void bucketsHoldItemsOfSimilarLengthAndEveryItemOnce() {
    List<Integer> lengths = new Random(1).ints(1000, 1, 100).boxed().toList();
    Batches<Integer> batches = Batches.bucketed(lengths, n -> n, 10, 100, 3);
    assertEquals(100, batches.count());
    List<Integer> all = new ArrayList<>();
    int padded = 0;
    List<Integer> longest = new ArrayList<>();
    while (batches.hasNext()) {
      List<Integer> batch = batches.next();
      all.addAll(batch);
      longest.add(Collections.max(batch));
      padded += batch.size() * Collections.max(batch);
    }
    assertEquals(lengths.stream().sorted().toList(), all.stream().sorted().toList());
    int items = all.stream().mapToInt(n -> n).sum();
    assertTrue(padded < 1.02 * items, padded + " places for " + items);
    assertNotEquals(longest.stream().sorted().toList(), longest);
  }

  @Test
  void smallPoolsMixLengthsMoreAndPassesDiffer() {
    List<Integer> lengths = new Random(2).ints(300, 1, 1000).boxed().toList();
    Batches<Integer> batches = Batches.bucketed(lengths, n -> n, 10, 5, 3);
    List<List<Integer>> first = new ArrayList<>();
    batches.forEachRemaining(batch -> first.add(batch.stream().sorted().toList()));
    batches.nextPass();
    List<List<Integer>> second = new ArrayList<>();
    batches.forEachRemaining(batch -> second.add(batch.stream().sorted().toList()));
    assertEquals(30, second.size());
    second.retainAll(first);
    assertTrue(second.size() < 3, second.size() + " batches are in both passes");
  }

  @Test
  void impossibleSizesAndPositionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Batches.inOrder(List.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> Batches.inOrder(ITEMS, 0));
    Batches<Integer> batches = Batches.inOrder(ITEMS, 3);
    assertThrows(IllegalArgumentException.class, () -> batches.seek(0, 5));
    assertThrows(IllegalArgumentException.class, () -> batches.seek(-1, 0));
  }
}
