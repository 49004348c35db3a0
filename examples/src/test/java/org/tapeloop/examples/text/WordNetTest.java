package org.tapeloop.examples.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class WordNetTest {

  @Test
  void entryIsTheFirstWordAndTheDefinitionWithoutExamples() {
    assertEquals(
        "living thing: a living (or once living) entity",
        WordNet.entry(
            "00004258 03 n 02 living_thing 0 animate_thing 0 001 @ 00003553 n 0000 | a living (or"
                + " once living) entity  "));
    assertEquals(
        "master: have a firm understanding or knowledge of; be on top of",
        WordNet.entry(
            "00598780 31 v 02 master 0 control 0 001 * 00590283 v 0000 | have a firm understanding"
                + " or knowledge of; be on top of; \"Do you control these data?\"  "));
    assertEquals(
        "galore: existing in abundance",
        WordNet.entry(
            "00014358 00 s 01 galore(ip) 0 001 & 00013887 a 0000 | existing in abundance;"
                + " \"whiskey galore\"  "));
  }

  @Test
  void aTenthOfTheEntriesIsHeldOut() {
    Corpus corpus = WordNet.corpus();
    long training = corpus.training().lines().count();
    long validation = corpus.validation().lines().count();
    assertEquals(117_791, training + validation);
    assertEquals(11_779, validation);
    assertTrue(corpus.training().lines().allMatch(line -> line.contains(": ")));
  }

  @Test
  void theSplitIsAlwaysTheSame() {
    assertEquals(
        "6c0feffdf89aa97782d6c67da8c270c77e4ec783968f590f3517e5b9b7538dce",
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
