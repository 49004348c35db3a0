package org.tapeloop.examples.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class CorpusTest {
  /** A character of two Java chars. */
  private static final String NOTE = "\uD834\uDD1E";

  @Test
  void lastTenthOfTheCharactersIsHeldOut() {
    Corpus corpus = Corpus.holdingOutLastTenth("test", NOTE.repeat(18) + "ab");
    assertEquals(NOTE.repeat(18), corpus.training());
    assertEquals("ab", corpus.validation());
  }

  @Test
  void folderOfTwoPartsIsSplitByTheirNames(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("x.train.txt"), "one\ntwo\n");
    Files.writeString(folder.resolve("x.valid.txt"), "three\n");
    for (Corpus corpus : List.of(Corpus.ofLines(folder), Corpus.ofCharacters(folder))) {
      assertEquals("one\ntwo\n", corpus.training());
      assertEquals("three\n", corpus.validation());
    }
  }

  @Test
  void fileIsCutBetweenLinesOrAnywhere(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("x.txt"), "12\n4567\n".repeat(5));
    assertEquals("4567\n", Corpus.ofLines(file).validation());
    assertEquals("567\n", Corpus.ofCharacters(file).validation());
  }

  @Test
  void partWithoutTextIsRefusedByItsFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("x.train.txt"), "one\ntwo\n");
    Path empty = Files.writeString(folder.resolve("x.valid.txt"), "");
    var failure = assertThrows(Failure.class, () -> Corpus.ofLines(folder));
    assertEquals(empty + ": the file is empty", failure.getMessage());
  }

  @Test
  void digestTellsTextsAndSplitsApart() {
    String digest = new Corpus("a", "xy", "z").digest();
    assertEquals(digest, new Corpus("b", "xy", "z").digest());
    assertNotEquals(digest, new Corpus("a", "x", "yz").digest());
  }

  @Test
  void tooShortTextIsRefused() {
    Corpus corpus = Corpus.holdingOutLastTenth("test", "a".repeat(100));
    assertEquals(corpus, corpus.requireSequences(9));
    var failure = assertThrows(Failure.class, () -> corpus.requireSequences(10));
    assertTrue(
        failure.getMessage().startsWith("test: the text is too short"), failure.getMessage());
  }

  @Test
  void vocabularyNumbersCharactersInOrder() {
    Vocabulary vocabulary = Vocabulary.of("b" + NOTE + "ab");
    assertEquals(3, vocabulary.size());
    assertArrayEquals(new int[] {0, 2, 1}, vocabulary.encode("a" + NOTE + "b"));
    assertEquals(NOTE, vocabulary.decode(2));
    assertEquals("ab" + NOTE, Vocabulary.of(vocabulary.symbols()).symbols());
  }

  @Test
  void unknownCharacterIsRefused() {
    var failure = assertThrows(Failure.class, () -> Vocabulary.of("ab").encode("a\u00e9"));
    assertTrue(
        failure.getMessage().startsWith("the character '\u00e9' (U+00E9)"), failure.getMessage());
  }
}
