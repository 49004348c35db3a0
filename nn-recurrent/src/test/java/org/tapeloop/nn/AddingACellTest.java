package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GradCheck;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.TensorTree;
import org.tapeloop.nn.optim.Adam;
import org.tapeloop.nn.optim.Clipping;

/** {@code docs/adding-a-cell.md} says what this code does, in its very words. */
class AddingACellTest {
  private static final String PAGE = "docs/adding-a-cell.md";
  private static final String SOURCES = "nn-recurrent/src/%s/java/org/tapeloop/nn/%s.java";

  private final Generator generator = new Generator(1);

  // ---- what the page shows ----

  @Test
  void theCellsDerivativesAreRight() {
    var cell = new LeakyCell(3, 4, generator);
    cell.to(DType.F64);
    Tensor x = Tensor.normal(generator.next(), DType.F64, Shape.of(2, 3), 0, 1);
    Tensor h = Tensor.normal(generator.next(), DType.F64, Shape.of(2, 4), 0, 1);
    GradCheck.check((a, b) -> cell.step(a, b).output(), x, h);
    cell.parameters()
        .forEach(
            (name, parameter) ->
                GradCheck.check(
                    w -> cell.withValues(Map.of(name, w), () -> cell.step(x, h).output()),
                    parameter.value()));
  }

  @Test
  void everyParameterGetsAGradient() {
    var cell = new LeakyCell(3, 4, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(5, 2, 3), 0, 1);
    Tensor loss = Recurrent.forward(cell).forward(x).output().square().sum();
    loss.gradients(cell.values())
        .forEach((of, gradient) -> assertTrue(gradient.abs().max().item() > 0));
  }

  /** Two layers of the cell and an affine map to one number a step. */
  private static final class Model extends Layer {
    private final Stacked<Tensor> recurrent;
    private final Linear head;

    Model(Generator generator) {
      recurrent =
          child(
              "recurrent",
              Stacked.of(Stacked.layers(2, 1, 16, size -> new LeakyCell(size, 16, generator))));
      head = child("head", new Linear(16, 1, generator));
    }

    Tensor forward(Tensor x) {
      return head.forward(recurrent.forward(x).output());
    }
  }

  @Test
  void theCellLearnsToAddUp() {
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(12, 8, 1), 0, 1);
    Tensor sums = x.cumsum(0);
    var model = new Model(generator);
    double before = model.forward(x).mse(sums).item();
    var adam = new Adam(model.parameters(), 0.01);
    for (int i = 0; i < 40; i++) {
      Tensor loss = model.forward(x).mse(sums);
      adam.step(Clipping.byGlobalNorm(loss.gradients(model.values()), 1).gradients());
    }
    double after = model.forward(x).mse(sums).item();
    assertTrue(after < 0.5 * before, before + " to " + after);
  }

  @Test
  void namesAreThoseThePageGives() {
    var cell = new LeakyCell(3, 4, generator);
    assertEquals(
        List.of("rate", "input.weight", "input.bias", "recurrent.weight"),
        List.copyOf(cell.parameters().keySet()));
    var stack = Stacked.of(List.of(new Bidirectional<>(cell, new LeakyCell(3, 4, generator))));
    assertTrue(stack.parameters().containsKey("recurrent.weight_l0_reverse"));
  }

  @Test
  void aStateIsWalkedThroughItsComponents() {
    var state = new LstmState(Tensor.ones(2, 3), Tensor.zeros(2, 3));
    assertEquals(List.of(state.h(), state.c()), TensorTree.flatten(state));
  }

  // ---- the page itself ----

  @Test
  void everyBlockOfCodeOfThePageIsInTheseSources() throws IOException {
    Path root = root();
    List<String> sources = new ArrayList<>();
    for (String name : List.of("RecurrentCell", "LstmState", "LstmCell")) {
      sources.add(code(Files.readAllLines(root.resolve(SOURCES.formatted("main", name)))));
    }
    for (String name : List.of("LeakyCell", "AddingACellTest")) {
      sources.add(code(Files.readAllLines(root.resolve(SOURCES.formatted("test", name)))));
    }
    List<String> blocks = blocks(Files.readAllLines(root.resolve(PAGE)));
    assertFalse(blocks.isEmpty(), "no blocks of code found");
    for (String block : blocks) {
      assertTrue(
          sources.stream().anyMatch(source -> source.contains(block)),
          () -> "not in any source:\n" + block);
    }
  }

  /** The project's folder: tests run in the module's, or in the project's itself. */
  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve(PAGE))) {
      folder = Objects.requireNonNull(folder.getParent(), PAGE + " is not there");
    }
    return folder;
  }

  /** The lines without indentation, comments and blank ones. */
  private static String code(List<String> lines) {
    return lines.stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("/*") && !line.startsWith("*"))
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static List<String> blocks(List<String> page) {
    List<String> blocks = new ArrayList<>();
    List<String> block = null;
    for (String line : page) {
      if (line.equals("```java")) {
        block = new ArrayList<>();
      } else if (line.equals("```") && block != null) {
        blocks.add(code(block));
        block = null;
      } else if (block != null) {
        block.add(line);
      }
    }
    return blocks;
  }
}
