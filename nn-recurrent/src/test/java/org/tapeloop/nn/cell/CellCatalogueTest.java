package org.tapeloop.nn.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.Generator;
import org.tapeloop.nn.ElmanCell;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;

/** Which cells there are, and what {@code docs/cells.md} says of them. */
class CellCatalogueTest {
  private static final int MOST_LINES = 60;

  /** The classes of a package as they were compiled, tests aside. */
  private static Stream<Class<?>> classes(Class<?> neighbour) {
    try {
      Path root = Path.of(neighbour.getProtectionDomain().getCodeSource().getLocation().toURI());
      String name = neighbour.getPackageName();
      try (Stream<Path> files = Files.list(root.resolve(name.replace('.', '/')))) {
        List<Class<?>> found = new ArrayList<>();
        for (Path file : files.toList()) {
          String simple = file.getFileName().toString();
          if (simple.endsWith(".class") && !simple.equals("package-info.class")) {
            found.add(
                Class.forName(
                    name + "." + simple.substring(0, simple.length() - ".class".length())));
          }
        }
        return found.stream();
      }
    } catch (IOException | URISyntaxException | ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Class<?>> cellClasses() {
    return Stream.of(ElmanCell.class, MguCell.class)
        .flatMap(CellCatalogueTest::classes)
        .filter(RecurrentCell.class::isAssignableFrom)
        .filter(Layer.class::isAssignableFrom)
        .filter(type -> !Modifier.isAbstract(type.getModifiers()))
        .filter(
            type ->
                !type.getSimpleName().endsWith("Test")
                    && !type.getSimpleName().equals("LeakyCell"));
  }

  @Test
  void everyCellIsInTheTable() {
    Set<String> tested =
        CellTable.rows().stream()
            .map(row -> row.maker().apply(new Generator(5)).getClass().getSimpleName())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> compiled =
        cellClasses().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    assertTrue(compiled.size() > 40, "cells found: " + compiled);
    compiled.removeAll(tested);
    assertTrue(compiled.isEmpty(), "not in the table: " + compiled);
  }

  @Test
  void everyCellFitsOnAScreen() throws IOException {
    Path sources = Path.of("src/main/java/org/tapeloop/nn");
    assertTrue(Files.isDirectory(sources), sources.toAbsolutePath() + " is not there");
    for (Class<?> cell : cellClasses().toList()) {
      String path = cell.getPackageName().equals("org.tapeloop.nn") ? "" : "cell/";
      long lines =
          Files.readAllLines(sources.resolve(path + cell.getSimpleName() + ".java")).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("import "))
              .filter(line -> !line.startsWith("/*") && !line.startsWith("*"))
              .count();
      assertTrue(lines <= MOST_LINES, cell.getSimpleName() + " has " + lines + " lines");
    }
  }

  // ---- docs/cells.md ----

  private static List<String[]> documented() throws IOException {
    Path page = Path.of("../docs/cells.md");
    assertTrue(Files.exists(page), page.toAbsolutePath() + " is not there");
    return Files.readAllLines(page).stream()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split("\\|", -1))
        .toList();
  }

  @Test
  void everyCellIsOnItsPage() throws IOException {
    Set<String> missing =
        cellClasses().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    documented().forEach(cells -> missing.remove(cells[1].strip().replace("`", "")));
    assertTrue(missing.isEmpty(), "not in docs/cells.md: " + missing);
  }

  @Test
  void numbersOfParametersAreThoseOfThePage() throws IOException {
    int inputs = 5;
    int hidden = 7;
    Map<Character, Integer> sizes = new HashMap<>(Map.of('I', inputs, 'L', 3));
    for (char letter : new char[] {'H', 'O', 'R', 'C', 'D'}) {
      sizes.put(letter, hidden);
    }
    Set<String> others = new TreeSet<>();
    Map<String, String> formulas = new HashMap<>();
    documented().forEach(cells -> formulas.put(cells[1].strip().replace("`", ""), cells[3]));
    for (Class<?> type : cellClasses().toList()) {
      try {
        var constructor = type.getConstructor(int.class, int.class, Generator.class);
        Layer cell = (Layer) constructor.newInstance(inputs, hidden, new Generator(5));
        String formula = formulas.getOrDefault(type.getSimpleName(), "0");
        assertEquals(Polynomial.value(formula, sizes), cell.parameterCount(), type.getSimpleName());
      } catch (NoSuchMethodException e) {
        others.add(type.getSimpleName());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    // Those whose constructors take other sizes.
    assertEquals(
        Set.of("ConvLstmCell", "ProjectedLstmCell", "OnnxRnnCell", "OnnxGruCell", "OnnxLstmCell"),
        others);
  }
}
