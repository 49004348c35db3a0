package org.tapeloop.examples.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class WordNetTest {

  @Test
  void definitionIsTheTextAfterTheBarWithoutExamples() {
    assertEquals(
        "a living (or once living) entity",
        WordNet.definition(
            "00004258 03 n 02 living_thing 0 animate_thing 0 001 @ 00003553 n 0000 | a living (or"
                + " once living) entity  "));
    assertEquals(
        "have a firm understanding or knowledge of; be on top of",
        WordNet.definition(
            "00598780 31 v 02 master 0 control 0 001 * 00590283 v 0000 | have a firm understanding"
                + " or knowledge of; be on top of; \"Do you control these data?\"  "));
  }

  @Test
  void lineWithoutABarIsNoSynset() {
    assertThrows(IllegalArgumentException.class, () -> WordNet.definition("entity"));
  }

  @Test
  void aTenthOfTheDefinitionsIsHeldOutAndNoneOfThemIsLearned() {
    Corpus corpus = WordNet.corpus();
    var learned = new HashSet<>(corpus.training().lines().toList());
    var heldOut = corpus.validation().lines().toList();
    assertEquals(105_228, learned.size());
    assertEquals(11_691, heldOut.size());
    assertTrue(heldOut.stream().noneMatch(learned::contains));
    assertFalse(learned.contains(""));
  }

  @Test
  void theSplitIsAlwaysTheSame() {
    assertEquals(
        "d0d14075ff657499f071b15e62c1469e4ff04c8c49c4712a64dd0e2be0ceb26a",
        WordNet.corpus().digest());
  }

  @Test
  void licenceIsPrincetons() {
    String licence = WordNet.licence();
    assertTrue(licence.startsWith("This software and database is being provided"), licence);
    assertTrue(licence.contains("WordNet 3.1 Copyright 2011 by Princeton University."), licence);
    assertTrue(licence.endsWith("LICENSEE agrees to preserve same.\n"), licence);
  }
}
