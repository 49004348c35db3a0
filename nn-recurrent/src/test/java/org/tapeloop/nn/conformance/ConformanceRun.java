package org.tapeloop.nn.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.spi.Backend;

/**
 * The cases of a folder, and what became of them. A case counts once, whatever the number of
 * backends and element types it is replayed in, and has failed if it failed in any.
 */
final class ConformanceRun {
  /** All families that the format knows; a file of another one is malformed. */
  private static final Set<String> KNOWN =
      Set.of("layers", "onnx", "cells", "ops", "losses", "optimizers", "attention", "decoding");

  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Integer> elsewhere = new TreeMap<>();
  private final Map<String, List<String>> failures = new LinkedHashMap<>();
  private final Map<String, String> unsupported = new LinkedHashMap<>();
  private final Map<Setting, Closest> closest = new LinkedHashMap<>();

  /** A case of a selected family. */
  record Entry(Family family, ConformanceCase replayed) {}

  /** Where and in what a case is replayed. */
  record Setting(Backend backend, DType dtype) {
    @Override
    public String toString() {
      return backend.name() + " " + dtype;
    }
  }

  /** The result that came closest to failing: its error as a share of its tolerance. */
  private record Closest(double share, String of) {
    static Closest of(String name, Deviation deviation) {
      double share = deviation.error() == 0 ? 0 : deviation.error() / deviation.tolerance();
      return new Closest(share, name + " " + deviation.result());
    }

    Closest or(Closest other) {
      return share >= other.share ? this : other;
    }
  }

  /**
   * Reads every case below a folder. Files that are no cases have failed already; cases of families
   * that are not selected are counted and left alone.
   */
  static ConformanceRun over(Path folder, List<Family> families) {
    ConformanceRun run = new ConformanceRun();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.filter(path -> path.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be searched for cases", e);
    }
    Set<String> names = new HashSet<>();
    for (Path file : files) {
      String name = ConformanceCase.nameOf(file);
      if (!names.add(name)) {
        run.fail(name, "there is more than one file of this name");
      } else {
        run.read(file, families);
      }
    }
    run.checkManifest(folder.resolve("MANIFEST.tsv"), names, families);
    return run;
  }

  private void read(Path file, List<Family> families) {
    try {
      ConformanceCase read = ConformanceCase.read(file);
      String name = read.family();
      String kind = read.kind();
      if (!KNOWN.contains(name)) {
        throw new MalformedCaseException(
            "there is no family '%s', so no kind %s of it".formatted(name, kind));
      }
      families.stream()
          .filter(family -> family.name().equals(name))
          .findFirst()
          .ifPresentOrElse(
              family -> entries.add(new Entry(family, read)),
              () -> elsewhere.merge(name, 1, Integer::sum));
    } catch (MalformedCaseException e) {
      fail(ConformanceCase.nameOf(file), "cannot be parsed: " + e.getMessage());
    }
  }

  /** Where a folder lists its cases, one that is listed and not there has failed. */
  private void checkManifest(Path manifest, Set<String> found, List<Family> families) {
    if (!Files.exists(manifest)) {
      return;
    }
    Set<String> selected = new HashSet<>();
    families.forEach(family -> selected.add(family.name()));
    List<String> lines;
    try {
      lines = Files.readAllLines(manifest, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(manifest + " cannot be read", e);
    }
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      String[] columns = line.split("\t", -1);
      if (columns.length > 1 && selected.contains(columns[1]) && !found.contains(columns[0])) {
        fail(columns[0], "is listed in the manifest, but there is no such file");
      }
    }
  }

  List<Entry> entries() {
    return entries;
  }

  /** How many files of a family were found and could be parsed. */
  long found(Family family) {
    return entries.stream().filter(entry -> entry.family() == family).count();
  }

  /** What failed while reading. */
  Map<String, List<String>> failures() {
    return failures;
  }

  /** Why a case cannot be replayed for now; empty if it can. */
  String whyUnsupported(Entry entry) {
    String kind = entry.replayed().kind();
    if (entry.family().supports(kind)) {
      return "";
    }
    String reason = "family " + entry.family().name() + " has no kind " + kind + " yet";
    unsupported.put(entry.replayed().name(), reason);
    return reason;
  }

  /**
   * Replays a case.
   *
   * @return what is wrong; empty if nothing is
   */
  List<String> replay(Entry entry, Setting setting) {
    List<String> wrong = new ArrayList<>();
    String name = entry.replayed().name();
    try {
      List<Deviation> deviations =
          Backends.use(
              setting.backend(), () -> entry.family().replay(entry.replayed(), setting.dtype()));
      if (deviations.isEmpty()) {
        wrong.add("nothing was compared: the case has no result to hold anything against");
      }
      for (Deviation deviation : deviations) {
        if (deviation.isAccepted()) {
          closest.merge(setting, Closest.of(name, deviation), Closest::or);
        } else {
          wrong.add(deviation.toString());
        }
      }
    } catch (MalformedCaseException e) {
      wrong.add("cannot be parsed: " + e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      wrong.add(e.toString());
    }
    if (!wrong.isEmpty()) {
      // Results come in the order in which they depend on each other: the first is the cause.
      String more = wrong.size() == 1 ? "" : " (and %d more)".formatted(wrong.size() - 1);
      fail(name, "[" + setting + "] " + wrong.getFirst() + more);
    }
    return wrong;
  }

  private void fail(String name, String reason) {
    failures.computeIfAbsent(name, key -> new ArrayList<>()).add(reason);
  }

  /** For each setting, how close to the tolerance the closest of all accepted results came. */
  String margins() {
    StringBuilder margins = new StringBuilder();
    closest.forEach(
        (setting, result) ->
            margins.append(
                "conformance: %s: largest accepted error is %.2g of its tolerance, in %s%n"
                    .formatted(setting, result.share(), result.of())));
    return margins.toString();
  }

  /** Every failed and unsupported case with its reasons, and one line of figures at the end. */
  String report() {
    StringBuilder report = new StringBuilder();
    failures.forEach(
        (name, reasons) ->
            reasons.forEach(
                reason -> report.append("conformance: FAILED %s: %s%n".formatted(name, reason))));
    unsupported.forEach(
        (name, reason) ->
            report.append("conformance: NOT SUPPORTED %s: %s%n".formatted(name, reason)));
    elsewhere.forEach(
        (family, count) ->
            report.append(
                "conformance: not in this part: %d cases of %s%n".formatted(count, family)));
    Set<String> names = new LinkedHashSet<>(failures.keySet());
    entries.forEach(entry -> names.add(entry.replayed().name()));
    return report
        .append(
            "conformance: %d cases, %d failed, %d not supported"
                .formatted(names.size(), failures.size(), unsupported.size()))
        .toString();
  }
}
