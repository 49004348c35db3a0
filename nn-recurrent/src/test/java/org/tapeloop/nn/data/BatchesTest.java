package org.tapeloop.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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
  void impossibleSizesAndPositionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Batches.inOrder(List.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> Batches.inOrder(ITEMS, 0));
    Batches<Integer> batches = Batches.inOrder(ITEMS, 3);
    assertThrows(IllegalArgumentException.class, () -> batches.seek(0, 5));
    assertThrows(IllegalArgumentException.class, () -> batches.seek(-1, 0));
  }
}
