package org.tapeloop.examples.seq2seq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PairsTest {
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  /** Read by a pattern, not by the formatter that wrote them. */
  private static LocalDate read(String date) {
    Matcher dotted = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)").matcher(date);
    if (dotted.matches()) {
      return LocalDate.of(number(dotted, 3), number(dotted, 2), number(dotted, 1));
    }
    Matcher year = Pattern.compile("\\d{4}").matcher(date);
    Matcher day = Pattern.compile("\\b(\\d{1,2})(st|nd|rd|th)?\\b").matcher(date);
    assertTrue(year.find() && day.find(), date);
    int month = 0;
    while (!Pattern.compile("\\b" + MONTHS.get(month)).matcher(date).find()) {
      month++;
    }
    return LocalDate.of(Integer.parseInt(year.group()), month + 1, number(day, 1));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  @Test
  void datesAreWrittenInManyFormsAndAsIsoDoes() {
    Pairs pairs = Pairs.dates();
    Set<Pair> all = new HashSet<>(pairs.training());
    all.addAll(pairs.heldOut());
    assertEquals(21_000, all.size());
    for (Pair pair : pairs.heldOut()) {
      assertEquals(LocalDate.parse(pair.target()), read(pair.source()), pair.source());
    }
    for (String ordinal :
        List.of(
            "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th",
            "31st")) {
      assertTrue(
          pairs.training().stream().anyMatch(pair -> pair.source().contains(" " + ordinal + " ")),
          ordinal);
    }
  }

  @Test
  void everyTenthPairOfAFileIsHeldOut(@TempDir Path folder) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= 25; i++) {
      lines.append("a").append(i).append('\t').append("b ").append(i).append("\n\n");
    }
    Path file = Files.writeString(folder.resolve("pairs.tsv"), lines);
    Pairs pairs = Pairs.read(file, null);
    assertEquals(List.of(new Pair("a10", "b 10"), new Pair("a20", "b 20")), pairs.heldOut());
    assertEquals(23, pairs.training().size());
    assertEquals(25, Pairs.read(file, file).heldOut().size());
  }
}
