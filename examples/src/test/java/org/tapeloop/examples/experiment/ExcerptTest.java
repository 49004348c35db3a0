package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ExcerptTest {

  @Test
  void blankLinesAreLeftOut() {
    assertEquals("a\n  b", Excerpt.of("\n\na\n   \n\n  b  \n\n"));
    assertEquals("", Excerpt.of("\n\n"));
  }

  @Test
  void longLinesAreBrokenAtSpacesAndLongWordsAnywhere() {
    List<String> lines = Excerpt.of("word ".repeat(40) + "\n" + "x".repeat(100)).lines().toList();
    assertEquals(List.of(74, 74, 49, 75, 25), lines.stream().map(String::length).toList());
    assertTrue(lines.getFirst().endsWith("word"), lines.getFirst());
  }

  @Test
  void ofManyLinesTheFirstAndTheLastAreShown() {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 100; i++) {
      text.append(i).append('\n');
    }
    List<String> lines = Excerpt.of(text.toString()).lines().toList();
    assertEquals(12, lines.size());
    assertEquals(List.of("10", "...", "100"), lines.subList(9, 12));
  }
}
