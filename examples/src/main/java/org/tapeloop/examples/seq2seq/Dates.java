package org.tapeloop.examples.seq2seq;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.tapeloop.autograd.RandomStream;

/** Dates in the forms that people write them in, each with its form in ISO 8601. */
final class Dates {
  private static final LocalDate FIRST = LocalDate.of(1900, 1, 1);
  private static final LocalDate LAST = LocalDate.of(2099, 12, 31);

  private static final List<DateTimeFormatter> FORMS =
      List.of(
          form("d MMMM yyyy"),
          form("MMMM d, yyyy"),
          form("EEEE, d MMM yyyy"),
          form("d MMM yyyy"),
          form("MMM d yyyy"),
          form("EEE MMM dd yyyy"),
          form("d.M.yyyy"),
          form("MMMM yyyy, 'the' d"),
          form("'the' d'th of' MMMM, yyyy"));

  private Dates() {}

  private static DateTimeFormatter form(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
  }

  /** Draws dates, each in a form that is drawn too, no two alike. */
  static List<Pair> draw(int count, long seed) {
    RandomStream random = new RandomStream(seed, 0);
    long days = LAST.toEpochDay() - FIRST.toEpochDay() + 1;
    Set<Pair> pairs = new LinkedHashSet<>();
    for (int i = 0; pairs.size() < count; i++) {
      LocalDate date = FIRST.plusDays((long) (random.uniform(2L * i) * days));
      int form = (int) (random.uniform(2L * i + 1) * FORMS.size());
      pairs.add(new Pair(ordinals(FORMS.get(form).format(date)), date.toString()));
    }
    return List.copyOf(pairs);
  }

  /** The endings of 1st, 2nd, 3rd. */
  private static String ordinals(String date) {
    return date.replaceAll("\\b(2?)1th", "$11st")
        .replaceAll("\\b31th", "31st")
        .replaceAll("\\b(2?)2th", "$12nd")
        .replaceAll("\\b(2?)3th", "$13rd");
  }
}
