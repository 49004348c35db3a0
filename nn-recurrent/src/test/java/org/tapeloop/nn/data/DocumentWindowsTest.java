package org.tapeloop.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class DocumentWindowsTest {
  private static final List<int[]> FOUR =
      List.of(
          new int[] {1, 2, 3, 4}, new int[] {11, 12}, new int[] {21, 22, 23}, new int[] {31, 32});

  private static List<int[]> random(int count, long seed) {
    Random random = new Random(seed);
    List<int[]> documents = new ArrayList<>();
    for (int d = 0; d < count; d++) {
      int[] document = new int[2 + random.nextInt(12)];
      for (int i = 0; i < document.length; i++) {
        document[i] = 1000 * d + i;
      }
      documents.add(document);
    }
    return documents;
  }

  @Test
  void documentsFollowEachOtherInTheShortestStreamAndBeginWithAReset() {
    DocumentWindows windows = DocumentWindows.inOrder(FOUR, 2, 3);
    assertEquals(2, windows.count());
    // Streams: 1 2 3 -> 4, then 31 -> 32; and 11 -> 12, 21 22 -> 23.
    DocumentWindows.Window first = windows.next();
    assertArrayEquals(new int[] {1, 11, 2, 21, 3, 22}, first.inputs().toArray());
    assertArrayEquals(new int[] {2, 12, 3, 22, 4, 23}, first.targets().toArray());
    assertArrayEquals(new float[] {1, 1, 0, 1, 0, 0}, first.resets().toFloatArray());
    assertEquals(6, first.tokens());
    DocumentWindows.Window second = windows.next();
    assertArrayEquals(new int[] {31, 0, 0, 0, 0, 0}, second.inputs().toArray());
    assertArrayEquals(new int[] {32, -1, -1, -1, -1, -1}, second.targets().toArray());
    assertArrayEquals(new float[] {1, 0, 0, 0, 0, 0}, second.resets().toFloatArray());
    assertEquals(1, second.tokens());
    assertFalse(windows.hasNext());
    assertThrows(NoSuchElementException.class, windows::next);
  }

  /** All documents of a pass, put together again from the columns of its windows. */
  private static List<List<Integer>> read(DocumentWindows windows, int streams) {
    List<List<Integer>> all = new ArrayList<>();
    List<List<Integer>> open = new ArrayList<>();
    for (int b = 0; b < streams; b++) {
      open.add(new ArrayList<>());
    }
    while (windows.hasNext()) {
      DocumentWindows.Window window = windows.next();
      for (int i = 0; i < window.inputs().size(); i++) {
        if (window.targets().flat(i) == DocumentWindows.NONE) {
          assertEquals(0, window.resets().toFloatArray()[i]);
          continue;
        }
        int b = i % streams;
        if (window.resets().toFloatArray()[i] == 1) {
          open.set(b, new ArrayList<>(List.of(window.inputs().flat(i))));
          all.add(open.get(b));
        }
        assertEquals(open.get(b).getLast(), window.inputs().flat(i));
        open.get(b).add(window.targets().flat(i));
      }
    }
    return all;
  }

  @Test
  void everyDocumentOfAPassIsReadOnceAndWhole() {
    List<int[]> documents = random(40, 3);
    DocumentWindows windows = DocumentWindows.shuffled(documents, 5, 4, 9);
    List<List<Integer>> first = read(windows, 5);
    windows.nextPass();
    List<List<Integer>> second = read(windows, 5);
    assertNotEquals(first, second);
    List<List<Integer>> expected =
        documents.stream().map(d -> Arrays.stream(d).boxed().toList()).toList();
    for (List<List<Integer>> pass : List.of(first, second)) {
      assertEquals(
          expected, pass.stream().sorted((a, b) -> Integer.compare(a.get(0), b.get(0))).toList());
    }
  }

  @Test
  void streamsEndNearEachOther() {
    List<int[]> documents = random(200, 4);
    int targets = documents.stream().mapToInt(d -> d.length - 1).sum();
    DocumentWindows windows = DocumentWindows.shuffled(documents, 4, 1, 2);
    // No stream is longer than the mean by more than one document.
    assertTrue(windows.count() <= targets / 4 + 12, windows.count() + " windows");
  }

  @Test
  void aLoadedStateGoesOnAsBefore() {
    List<int[]> documents = random(30, 5);
    DocumentWindows straight = DocumentWindows.shuffled(documents, 3, 4, 7);
    straight.nextPass();
    straight.next();
    straight.next();
    DocumentWindows resumed = DocumentWindows.shuffled(documents, 3, 4, 7);
    resumed.load(straight.state());
    assertEquals(1, resumed.pass());
    assertEquals(2, resumed.position());
    while (straight.hasNext()) {
      assertArrayEquals(straight.next().inputs().toArray(), resumed.next().inputs().toArray());
    }
    assertFalse(resumed.hasNext());
  }

  @Test
  void whatCannotBeReadIsRefused() {
    refused(
        "document 1 has 1 tokens",
        () -> DocumentWindows.inOrder(List.of(FOUR.get(0), new int[] {7}), 1, 2));
    refused("4 documents are too few for 5 streams", () -> DocumentWindows.inOrder(FOUR, 5, 2));
    refused("0 streams of 2 steps", () -> DocumentWindows.inOrder(FOUR, 0, 2));
    DocumentWindows windows = DocumentWindows.inOrder(FOUR, 2, 3);
    refused(
        "windows: pass 0, position 3 does not exist; positions are 0..2", () -> windows.seek(0, 3));
    assertEquals(2, windows.count());
  }

  private static void refused(String message, Executable body) {
    var thrown = assertThrows(IllegalArgumentException.class, body);
    assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
  }
}
