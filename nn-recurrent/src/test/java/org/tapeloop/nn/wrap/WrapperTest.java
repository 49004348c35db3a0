package org.tapeloop.nn.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tapeloop.nn.wrap.WrapperTable.B;
import static org.tapeloop.nn.wrap.WrapperTable.N;
import static org.tapeloop.nn.wrap.WrapperTable.T;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.autograd.scan.ScanMode;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.Recurrent;
import org.tapeloop.nn.RecurrentCell;
import org.tapeloop.nn.SequenceOutput;
import org.tapeloop.nn.wrap.WrapperTable.Row;

/** What holds for every wrapper of {@link WrapperTable}. */
class WrapperTest {
  private final Generator generator = new Generator(9);

  static List<Row<?, ?>> wrappers() {
    return WrapperTable.rows();
  }

  private Tensor random(int... extents) {
    return Tensor.normal(generator.next(), DType.F64, Shape.of(extents), 0, 1);
  }

  static List<Tensor> flatten(SequenceOutput<?> result) {
    List<Tensor> all = new ArrayList<>(List.of(result.output()));
    all.addAll(TensorTree.flatten(result.state()));
    return all;
  }

  static void assertClose(List<Tensor> expected, List<Tensor> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.get(i).shape(), actual.get(i).shape());
      double error = expected.get(i).sub(actual.get(i)).abs().max().item();
      assertTrue(error <= 1e-10, "result " + i + ": error " + error);
    }
  }

  /** The same masks each time: from the state of a generator that is given again. */
  private <S, C extends Layer & RecurrentCell<S>> SequenceOutput<S> run(
      Row<S, C> row, C cell, Generator masks, ScanMode mode, Tensor x) {
    masks.seek(1000);
    return row.around().run(cell, () -> Recurrent.forward(cell).in(mode).forward(x));
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void compiledEqualsEager(Row<S, C> row) {
    Generator masks = new Generator(21);
    C cell = row.create(masks);
    for (boolean training : new boolean[] {true, false}) {
      if (training) {
        cell.train();
      } else {
        cell.eval();
      }
      Tensor x = random(T, B, N).leaf();
      List<List<Tensor>> all = new ArrayList<>();
      for (ScanMode mode : List.of(ScanMode.EAGER, ScanMode.COMPILED)) {
        SequenceOutput<S> result = run(row, cell, masks, mode, x);
        List<Tensor> values = flatten(result);
        Tensor loss = result.output().sin().sum();
        for (Tensor state : TensorTree.flatten(result.state())) {
          loss = loss.add(state.square().sum());
        }
        List<Tensor> wrt = new ArrayList<>(List.of(x));
        wrt.addAll(cell.values());
        Map<Tensor, Tensor> gradients = loss.gradients(wrt);
        wrt.forEach(t -> values.add(gradients.get(t)));
        all.add(values);
      }
      assertClose(all.get(0), all.get(1));
    }
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void derivativesAreThoseOfDifferences(Row<S, C> row) {
    Generator masks = new Generator(22);
    C cell = row.create(masks);
    List<String> names = List.copyOf(cell.parameters().keySet());
    List<Tensor> at = new ArrayList<>(List.of(random(2, B, N)));
    cell.parameters().values().forEach(p -> at.add(p.value()));
    int steps = row.name().equals("resettable") ? T : 2;
    at.set(0, random(steps, B, N));
    GradCheck.DEFAULTS
        .withTolerance(1e-5)
        .verify(
            in -> {
              Map<String, Tensor> values = new HashMap<>();
              for (int k = 0; k < names.size(); k++) {
                values.put(names.get(k), in[k + 1]);
              }
              return cell.withValues(
                  values, () -> run(row, cell, masks, ScanMode.AUTO, in[0]).output());
            },
            at.toArray(Tensor[]::new));
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void everyParameterGetsAGradient(Row<S, C> row) {
    Generator masks = new Generator(23);
    C cell = row.create(masks);
    Tensor output = run(row, cell, masks, ScanMode.AUTO, random(T, B, N)).output();
    Map<Tensor, Tensor> gradients =
        output.mul(random(output.shape().extents())).sum().gradients(cell.values());
    cell.parameters()
        .forEach(
            (name, p) -> {
              Tensor gradient = gradients.get(p.value());
              assertTrue(gradient != null && gradient.abs().max().item() > 0, name);
            });
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void evaluationGivesTheSameEachTimeInEitherDirection(
      Row<S, C> row) {
    C cell = row.create(new Generator(24));
    cell.eval();
    Tensor x = random(T, B, N);
    for (Recurrent<S> layer : List.of(Recurrent.forward(cell), Recurrent.backward(cell))) {
      assertClose(
          row.around().run(cell, () -> flatten(layer.forward(x))),
          row.around().run(cell, () -> flatten(layer.forward(x))));
    }
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  <S, C extends Layer & RecurrentCell<S>> void paddingChangesNothing(Row<S, C> row) {
    Generator masks = new Generator(25);
    C cell = row.create(masks);
    cell.eval();
    Tensor x = random(T, B, N);
    Tensor longer = Tensor.cat(List.of(x.narrow(0, 0, 3), random(1, B, N)), 0);
    Recurrent<S> layer = Recurrent.forward(cell);
    Lengths lengths = Lengths.of(3, 3);
    assertClose(
        row.around().run(cell, () -> flatten(layer.forward(x, lengths, null))),
        row.around().run(cell, () -> flatten(layer.forward(longer, lengths, null))));
  }

  @Test
  void everyWrapperIsInTheTable() throws IOException, URISyntaxException, ClassNotFoundException {
    Path root =
        Path.of(ResidualCell.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String name = ResidualCell.class.getPackageName();
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(root.resolve(name.replace('.', '/')))) {
      for (Path file : files.toList()) {
        String simple = file.getFileName().toString().replace(".class", "");
        if (!simple.contains("$") && !simple.equals("package-info")) {
          Class<?> type = Class.forName(name + "." + simple);
          if (RecurrentCell.class.isAssignableFrom(type)
              && !Modifier.isAbstract(type.getModifiers())) {
            found.add(simple);
          }
        }
      }
    }
    assertTrue(found.size() >= 14, found.toString());
    Set<String> tested =
        wrappers().stream().map(row -> wrapper(row)).collect(Collectors.toCollection(TreeSet::new));
    found.removeAll(tested);
    assertTrue(found.isEmpty(), "not in the table: " + found);
  }

  private static String wrapper(Row<?, ?> row) {
    return row.maker().apply(new Generator(0)).getClass().getSimpleName();
  }
}
