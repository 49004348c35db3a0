package org.tapeloop.examples.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.tapeloop.examples.files.Failure;

/**
 * The dictionary WordNet 3.1 as text: each of its 116 919 different definitions on a line, without
 * the usage examples in quotes.
 *
 * <p>The lines are shuffled once, the same way always, and the last tenth of them is held out: in
 * the dictionary's own order, by part of speech and topic, that tenth would be of another kind than
 * the rest.
 *
 * <p>Source: Princeton University 2010, "About WordNet"; the licence is in each data file and in
 * {@link #licence}.
 */
public final class WordNet {
  private static final String FOLDER = "net/sf/extjwnl/data/wordnet/wn31/";
  private static final List<String> FILES =
      List.of("data.noun", "data.verb", "data.adj", "data.adv");
  private static final long SHUFFLE_SEED = 31;

  private WordNet() {}

  /** The definitions, a tenth of them held out. */
  public static Corpus corpus() {
    Set<String> definitions = new LinkedHashSet<>();
    for (String file : FILES) {
      for (String line : linesOf(file)) {
        if (!isNotice(line)) {
          definitions.add(definition(line));
        }
      }
    }
    List<String> lines = new ArrayList<>(definitions);
    Collections.shuffle(lines, new Random(SHUFFLE_SEED));
    int cut = lines.size() - lines.size() / 10;
    return new Corpus(
        "WordNet 3.1 definitions",
        join(lines.subList(0, cut)),
        join(lines.subList(cut, lines.size())));
  }

  /** The licence under which Princeton University gives WordNet to everyone. */
  public static String licence() {
    StringBuilder text = new StringBuilder();
    for (String line : linesOf(FILES.getFirst())) {
      if (!isNotice(line)) {
        break;
      }
      text.append(line.strip().replaceFirst("^\\d+ ?", "").stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** The lines of the licence, which open each file, start with two spaces and a line number. */
  private static boolean isNotice(String line) {
    return line.startsWith("  ");
  }

  /**
   * The definition in a line such as {@code 00006269 03 n 01 life 0 ... | living things
   * collectively; "the oceans are teeming with life"}.
   */
  static String definition(String line) {
    int bar = line.indexOf('|');
    if (bar < 0) {
      throw new IllegalArgumentException("not a synset of WordNet: " + line);
    }
    String gloss = line.substring(bar + 1).strip();
    int example = gloss.indexOf("; \"");
    return example > 0 ? gloss.substring(0, example) : gloss;
  }

  private static String join(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  private static List<String> linesOf(String file) {
    try (InputStream in = ClassLoader.getSystemResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new Failure(
            "the embedded text is missing: " + FOLDER + file + " is not on the class path");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .toList();
    } catch (IOException e) {
      throw Failure.to("read the embedded text " + file, e);
    }
  }
}
