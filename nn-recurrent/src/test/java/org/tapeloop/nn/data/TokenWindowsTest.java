package org.tapeloop.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.nn.data.TokenWindows.Window;

class TokenWindowsTest {

  private static int[] text(int length) {
    return IntStream.range(0, length).toArray();
  }

  @Test
  void streamsRunInParallelAndTargetsAreOneAhead() {
    Window window = new TokenWindows(text(13), 2, 3).next();
    assertEquals(IntTensor.of(Shape.of(3, 2), 0, 6, 1, 7, 2, 8), window.inputs());
    assertEquals(IntTensor.of(Shape.of(3, 2), 1, 7, 2, 8, 3, 9), window.targets());
  }

  @ParameterizedTest
  @CsvSource({"13,2,3", "14,2,3", "15,2,3", "16,2,4", "100,7,5", "8,1,7", "9,1,7", "11,5,2"})
  void aPassCoversEveryTransitionOfEveryStreamOnce(int length, int streams, int steps) {
    TokenWindows windows = new TokenWindows(text(length), streams, steps);
    int each = (length - 1) / streams;
    List<Integer> inputs = new ArrayList<>();
    int handedOut = 0;
    while (windows.hasNext()) {
      Window window = windows.next();
      assertEquals(handedOut == 0, window.first());
      handedOut++;
      assertTrue(window.inputs().extent(0) <= steps);
      for (int i = 0; i < window.inputs().size(); i++) {
        int input = window.inputs().flat(i);
        assertEquals(input + 1, window.targets().flat(i));
        assertEquals(i % streams, input / each);
        inputs.add(input);
      }
    }
    assertEquals(windows.count(), handedOut);
    assertEquals(
        IntStream.range(0, each * streams).boxed().toList(), inputs.stream().sorted().toList());
  }

  @Test
  void theLastWindowHasWhatIsLeft() {
    TokenWindows windows = new TokenWindows(text(17), 2, 3);
    windows.seek(2);
    assertEquals(Shape.of(2, 2), windows.next().inputs().shape());
    assertFalse(windows.hasNext());
    var error = assertThrows(NoSuchElementException.class, windows::next);
    assertEquals("windows: the pass is over after 3", error.getMessage());
  }

  @Test
  void seekingAPositionGoesOnAsBefore() {
    TokenWindows straight = new TokenWindows(text(40), 3, 4);
    straight.next();
    straight.next();
    TokenWindows resumed = new TokenWindows(text(40), 3, 4);
    resumed.seek(straight.position());
    Window expected = straight.next();
    Window actual = resumed.next();
    assertEquals(expected.inputs(), actual.inputs());
    assertEquals(expected.targets(), actual.targets());
    assertEquals(straight.position(), resumed.position());
  }

  @Test
  void rewindingBeginsAPassAnew() {
    TokenWindows windows = new TokenWindows(text(9), 2, 2);
    Window first = windows.next();
    windows.next();
    windows.rewind();
    assertEquals(first, windows.next());
  }

  @Test
  void aTextTooShortForAWindowIsRefused() {
    var error =
        assertThrows(IllegalArgumentException.class, () -> new TokenWindows(text(12), 2, 6));
    assertEquals(
        "windows: 12 tokens are too few for 2 streams of 6 steps, which need 13",
        error.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new TokenWindows(text(0), 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new TokenWindows(text(9), 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new TokenWindows(text(9), 1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TokenWindows(text(9), Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  @Test
  void positionsOutsideAPassAreRefused() {
    TokenWindows windows = new TokenWindows(text(9), 2, 2);
    assertThrows(IllegalArgumentException.class, () -> windows.seek(-1));
    assertThrows(IllegalArgumentException.class, () -> windows.seek(3));
    windows.seek(2);
    assertFalse(windows.hasNext());
  }
}
