package org.tapeloop.examples.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.examples.JavaSources;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.RecurrentCell;

final class CellKindTest {

  private static String nameOf(JavaClass type) {
    String words = type.getSimpleName().replaceFirst("Cell$", "");
    return words.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  @Test
  void everyCellOfTheLibraryHasItsName() {
    Set<String> cells =
        new ClassFileImporter()
            .importPath(JavaSources.classes("nn-recurrent")).stream()
                .filter(type -> type.getPackageName().matches("org\\.tapeloop\\.nn(\\.cell)?"))
                .filter(type -> type.isAssignableTo(RecurrentCell.class))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                .map(CellKindTest::nameOf)
                .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(cells.size() > 50, cells.toString());
    assertEquals(cells, new TreeSet<>(CellKind.names()));
  }

  static List<String> names() {
    return CellKind.names();
  }

  /** In sizes that differ, and do not divide each other. */
  @ParameterizedTest
  @MethodSource("names")
  void everyStackLearnsWithAllItsParameters(String name) {
    var sizes = new CellStack.Sizes(CellKind.named(name), 2, 12, CellStack.Dropping.NONE);
    assertLearns(sizes.cell(), sizes);
  }

  private static <S> void assertLearns(CellKind<S> kind, CellStack.Sizes sizes) {
    Generator generator = new Generator(1);
    CellStack<S> stack = CellStack.create(kind, sizes, 5, generator, generator);
    Tensor x = Tensor.normal(generator.next(), DType.F32, Shape.of(9, 2, 5), 0, 1);
    Tensor output = stack.forward(x).output();
    assertEquals(Shape.of(9, 2, stack.outputSize()), output.shape());
    Tensor loss = output.square().mean();
    var gradients = loss.gradients(stack.values());
    stack
        .parameters()
        .forEach(
            (parameter, value) -> {
              Tensor gradient = gradients.get(value.value());
              assertTrue(
                  gradient != null && gradient.abs().max().item() > 0, "no gradient: " + parameter);
            });
  }

  @Test
  void unknownNameIsRefusedWithAllThereAre() {
    var e = assertThrows(IllegalArgumentException.class, () -> CellKind.named("warp"));
    assertTrue(e.getMessage().startsWith("the cell 'warp' is unknown; there are: lstm, gru"));
    assertTrue(e.getMessage().endsWith("onnx-lstm"), e.getMessage());
  }

  @Test
  void matrixMemoriesAreCutIntoHeads() {
    Generator generator = new Generator(1);
    var cell = CellKind.named("matrix-lstm").make(8, 96, generator);
    assertTrue(((Layer) cell).parameters().keySet().stream().anyMatch(p -> p.startsWith("head2")));
    assertEquals(96, CellKind.outputSize(cell, 8));
  }
}
