package org.tapeloop.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tapeloop.benchmarks.BenchmarkCell;
import org.tapeloop.benchmarks.LayerSize;

/**
 * The folder with the training steps that were measured: every round as a line of {@code
 * rounds.csv}, and table and picture of all that is there. A long table can so be measured a few
 * rows at a time; rows that are measured again replace the old ones.
 */
final class Results {
  private static final String HEAD =
      "cell;size;threads;tapeloop_ms;tapeloop_peak;libtorch_ms;libtorch_peak";

  private final Path folder;
  private final Map<Key, Comparison> comparisons = new LinkedHashMap<>();

  private record Key(BenchmarkCell cell, String size, int threads) {}

  private Results(Path folder) {
    this.folder = folder;
  }

  /** What the folder holds, which is made where there is none. */
  static Results in(Path folder) throws IOException {
    Results results = new Results(folder);
    Files.createDirectories(folder);
    Path rounds = results.rounds();
    if (Files.exists(rounds)) {
      Map<Key, List<Comparison.Round>> read = new LinkedHashMap<>();
      for (String line : Files.readAllLines(rounds)) {
        if (!line.equals(HEAD)) {
          String[] fields = line.split(";", -1);
          Key key = new Key(BenchmarkCell.named(fields[0]), fields[1], Integer.parseInt(fields[2]));
          read.computeIfAbsent(key, k -> new ArrayList<>())
              .add(
                  new Comparison.Round(
                      Map.of(
                          Library.TAPELOOP, measurement(fields, 3),
                          Library.LIBTORCH, measurement(fields, 5))));
        }
      }
      read.forEach(
          (key, list) -> results.put(new Comparison(key.cell(), key.size(), key.threads(), list)));
    }
    return results;
  }

  private static Measurement measurement(String[] fields, int from) {
    return new Measurement(Double.parseDouble(fields[from]), Double.parseDouble(fields[from + 1]));
  }

  /** Adds a comparison, or replaces that of the same cell, size and threads, and writes all. */
  void add(Comparison comparison) throws IOException {
    put(comparison);
    List<String> lines = new ArrayList<>(List.of(HEAD));
    for (Comparison row : comparisons()) {
      for (Comparison.Round round : row.rounds()) {
        Measurement tapeloop = round.of(Library.TAPELOOP);
        Measurement libtorch = round.of(Library.LIBTORCH);
        lines.add(
            "%s;%s;%d;%s;%s;%s;%s"
                .formatted(
                    Task.name(row.cell()),
                    row.size(),
                    row.threads(),
                    tapeloop.milliseconds(),
                    tapeloop.peak(),
                    libtorch.milliseconds(),
                    libtorch.peak()));
      }
    }
    Files.write(rounds(), lines);
    Files.writeString(table(), MarkdownTable.of(comparisons()));
    RatioChart.write(picture(), comparisons());
  }

  private void put(Comparison row) {
    comparisons.put(new Key(row.cell(), row.size(), row.threads()), row);
  }

  /** By threads, cell, and how much there is to compute. */
  List<Comparison> comparisons() {
    return comparisons.values().stream()
        .sorted(
            Comparator.comparingInt(Comparison::threads)
                .thenComparing(Comparison::cell)
                .thenComparingDouble(row -> row.cell().flops(LayerSize.parse(row.size()))))
        .toList();
  }

  private Path rounds() {
    return folder.resolve("rounds.csv");
  }

  Path table() {
    return folder.resolve("peers.md");
  }

  Path picture() {
    return folder.resolve("peers.png");
  }
}
