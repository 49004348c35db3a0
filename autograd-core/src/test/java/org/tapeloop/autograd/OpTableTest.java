package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OpTableTest {
  /** Methods whose results carry no gradient on purpose, or that only concern the tape. */
  private static final Set<String> NOT_DIFFERENTIABLE =
      Set.of("eq", "ne", "lt", "le", "gt", "ge", "zerosLike", "onesLike", "leaf", "detach", "to");

  static List<OpTable.Row> rows() {
    return OpTable.rows();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void firstAndSecondDerivativesAgreeWithDifferences(OpTable.Row row) {
    GradCheck.DEFAULTS.verify(row.f(), row.array());
  }

  /** A view of scattered elements is refused; everything else takes any strides. */
  static List<OpTable.Row> rowsWithoutViews() {
    return rows().stream().filter(row -> !row.method().equals("view")).toList();
  }

  @ParameterizedTest
  @MethodSource("rowsWithoutViews")
  void stridedOperandsGiveTheResultsOfDenseOnes(OpTable.Row row) {
    Tensor[] dense = row.leaves();
    Tensor[] strided = row.inputs().stream().map(t -> scattered(t).leaf()).toArray(Tensor[]::new);
    Tensor a = row.f().apply(dense);
    Tensor b = row.f().apply(strided);
    assertClose(a, b);
    if (a.requiresGrad()) {
      var gradientsOfDense = a.square().sum().gradients(dense);
      var gradientsOfStrided = b.square().sum().gradients(strided);
      for (int i = 0; i < dense.length; i++) {
        assertClose(gradientsOfDense.get(dense[i]), gradientsOfStrided.get(strided[i]));
      }
    }
  }

  /** The same elements in an array with gaps, backwards, from an odd offset. */
  private static Tensor scattered(Tensor t) {
    if (t.rank() == 0) {
      return Tensor.cat(List.of(t.zerosLike().unsqueeze(0), t.unsqueeze(0)), 0).select(0, 1);
    }
    Tensor gaps = Tensor.stack(List.of(t.flip(0), t.flip(0).zerosLike()), -1);
    return gaps.select(-1, 0).flip(0);
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    double[] e = expected.toDoubleArray();
    double[] a = actual.toDoubleArray();
    for (int i = 0; i < e.length; i++) {
      assertEquals(e[i], a[i], 1e-13 * Math.max(1, Math.abs(e[i])));
    }
  }

  /**
   * A function and its gradient, traced on symbols, then evaluated call by call, are what they are
   * when computed at once: so shape rules and vjps look at no element.
   */
  @ParameterizedTest
  @MethodSource("rows")
  void aTraceEvaluatedLaterGivesWhatEagerExecutionGives(OpTable.Row row) {
    Tensor[] leaves = row.leaves();
    List<Tensor> expected = resultAndGradients(row, leaves);

    Trace trace = new Trace();
    Tensor[] symbols =
        row.inputs().stream()
            .map(t -> trace.symbol(t.dtype(), t.shape(), true))
            .toArray(Tensor[]::new);
    List<Tensor> traced = resultAndGradients(row, symbols);

    Map<Tensor, Tensor> values = new HashMap<>();
    for (int i = 0; i < symbols.length; i++) {
      values.put(symbols[i], row.inputs().get(i));
    }
    trace.captures().forEach((tensor, symbol) -> values.put(symbol, tensor));
    for (Trace.Call call : trace.calls()) {
      evaluate(call, values);
    }
    for (int i = 0; i < expected.size(); i++) {
      assertClose(expected.get(i), values.getOrDefault(traced.get(i), traced.get(i)));
    }
  }

  private static List<Tensor> resultAndGradients(OpTable.Row row, Tensor[] inputs) {
    Tensor y = row.f().apply(inputs);
    List<Tensor> all = new ArrayList<>(List.of(y));
    if (y.requiresGrad()) {
      all.addAll(y.square().sum().gradients(inputs).values());
    }
    return all;
  }

  @SuppressWarnings("unchecked") // a call pairs an op with attributes of its own type
  private static void evaluate(Trace.Call call, Map<Tensor, Tensor> values) {
    Tensor[] in = call.inputs().stream().map(values::get).toArray(Tensor[]::new);
    List<Tensor> out =
        switch (call.op()) {
          case TensorOp<?> op -> List.of(((TensorOp<Object>) op).apply(call.attributes(), in));
          case SplitOp<?> op -> ((SplitOp<Object>) op).apply(call.attributes(), in[0]);
          case ComputedOp op -> throw new AssertionError(op + " is recorded, never traced");
        };
    for (int i = 0; i < out.size(); i++) {
      assertEquals(call.outputs().get(i).shape(), out.get(i).shape());
      values.put(call.outputs().get(i), out.get(i));
    }
  }

  /** Zero equals zero in any gradient check, so a row whose gradients all vanish proves nothing. */
  @ParameterizedTest
  @MethodSource("rows")
  void everyInputOfARowHasAGradientUnlessItIsMeantToHaveNone(OpTable.Row row) {
    Set<String> vanish =
        Set.of(
            "sign",
            "where, of the condition",
            "pow, number 0.0",
            "prod, two zeros",
            "indexSelect, nothing");
    Tensor[] leaves = row.leaves();
    Tensor y = row.f().apply(leaves);
    boolean empty = y.size() == 0 || Arrays.stream(leaves).anyMatch(leaf -> leaf.size() == 0);
    if (!vanish.contains(row.toString()) && !empty) {
      var gradients =
          y.mul(Tensor.arange(DType.F64, 1, y.size() + 1, 1).reshape(y.shape()))
              .sum()
              .gradients(leaves);
      for (Tensor leaf : leaves) {
        assertTrue(gradients.get(leaf).abs().sum().item() > 0, row.toString());
      }
    }
  }

  @Test
  void everyMethodThatMakesATensorHasARow() {
    Set<String> covered =
        OpTable.rows().stream().map(OpTable.Row::method).collect(Collectors.toSet());
    Set<String> missing = new TreeSet<>();
    for (Method method : Tensor.class.getMethods()) {
      boolean makesTensors =
          method.getReturnType() == Tensor.class || method.getReturnType() == List.class;
      boolean operation =
          !Modifier.isStatic(method.getModifiers())
              || Arrays.asList(method.getParameterTypes()).contains(List.class);
      if (makesTensors && operation && !NOT_DIFFERENTIABLE.contains(method.getName())) {
        missing.add(method.getName());
      }
    }
    assertTrue(missing.size() > 80, "only " + missing.size() + " methods found");
    missing.removeAll(covered);
    assertEquals(Set.of(), missing);
  }

  @Test
  void everyOpThatHasADerivativeIsReachedByARow() throws Exception {
    Set<Op<?>> reached = new HashSet<>();
    for (OpTable.Row row : OpTable.rows()) {
      Tensor[] leaves = row.leaves();
      Tensor y = row.f().apply(leaves);
      if (y.requiresGrad()) {
        var gradients = y.square().sum().gradients(List.of(leaves), GraphMode.CREATE).values();
        List<Tensor> ends = new ArrayList<>(gradients);
        ends.add(y);
        collectOps(ends, reached);
      }
    }
    Set<String> missing = new TreeSet<>();
    for (Op<?> op : declaredOps()) {
      if (op.isDifferentiable() && !reached.contains(op)) {
        missing.add(op.name());
      }
    }
    // A conversion leaves F64, so differences can't check it; ConversionTest does.
    missing.remove("to");
    assertEquals(Set.of(), missing);
  }

  private static void collectOps(List<Tensor> ends, Set<Op<?>> found) {
    Set<Node> seen = new HashSet<>();
    ArrayDeque<Node> open = new ArrayDeque<>();
    for (Tensor end : ends) {
      if (end.node() != null) {
        open.add(end.node());
      }
    }
    while (!open.isEmpty()) {
      Node node = open.remove();
      if (!node.isLeaf() && seen.add(node)) {
        found.add(node.op());
        for (int i = 0; i < node.inputCount(); i++) {
          if (node.parent(i) != null) {
            open.add(node.parent(i));
          }
        }
      }
    }
  }

  /** The op constants of all classes of the package. */
  private static List<Op<?>> declaredOps() throws Exception {
    List<Op<?>> ops = new ArrayList<>();
    for (Class<?> type : packageClasses()) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && Op.class.isAssignableFrom(field.getType())) {
          field.setAccessible(true);
          ops.add((Op<?>) field.get(null));
        }
      }
    }
    assertTrue(ops.size() > 50, "only " + ops.size() + " ops found");
    return ops;
  }

  private static List<Class<?>> packageClasses() throws Exception {
    Path root = Path.of(Tensor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path folder = root.resolve(Tensor.class.getPackageName().replace('.', '/'));
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        if (!name.equals("package-info")) {
          classes.add(Class.forName(Tensor.class.getPackageName() + "." + name));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("the classes under test are not in a folder: " + root, e);
    }
    return classes;
  }
}
