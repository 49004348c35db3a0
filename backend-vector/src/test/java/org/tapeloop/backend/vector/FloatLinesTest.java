package org.tapeloop.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FloatLinesTest {

  @Test
  void roomsBeginWithLinesAndDoNotOverlap() {
    List<FloatLines> rooms = new ArrayList<>();
    int[] sizes = {1, 17, 300_000, 0, 1 << 19, 500_000, (1 << 19) + 1, 3 << 20, 16};
    for (int size : sizes) {
      rooms.add(FloatLines.room(size));
    }
    for (int i = 0; i < sizes.length; i++) {
      FloatLines room = rooms.get(i);
      assertEquals(FloatLines.FIRST, room.start % 16);
      assertTrue(room.start + sizes[i] <= room.array.length);
      for (int j = 0; j < i; j++) {
        FloatLines other = rooms.get(j);
        assertTrue(
            other.array != room.array
                || other.start + sizes[j] <= room.start
                || room.start + sizes[i] <= other.start);
      }
    }
    assertNotSame(rooms.get(6).array, rooms.get(7).array);
  }
}
