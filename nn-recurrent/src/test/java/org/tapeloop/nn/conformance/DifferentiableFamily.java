package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.Tensor;

/**
 * A family whose kinds are functions of tensors, compared in value, in first, and where the file
 * has them in second derivatives:
 *
 * <pre>
 * L1 = sum_out sum grad_output * out                 and its gradient
 * L2 = sum_out sum grad_output * (out + out^2 / 2)   its gradient g, and the gradient of
 * s  = sum_name sum g_name * dir_name                the Hessian-vector product
 * </pre>
 */
final class DifferentiableFamily implements Family {
  /** L1 and L2 are sums that can cancel, so they are measured against 1 at least. */
  private static final double SCALAR_FLOOR = 1;

  private final String name;
  private final int carried;
  private final Map<String, Computation> kinds;

  /** From what is given to the outputs, in the order that the case lists them. */
  @FunctionalInterface
  interface Computation {
    List<Tensor> apply(Given given);
  }

  DifferentiableFamily(String name, int carried, Map<String, Computation> kinds) {
    this.name = name;
    this.carried = carried;
    this.kinds = Map.copyOf(kinds);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int carried() {
    return carried;
  }

  @Override
  public boolean supports(String kind) {
    return kinds.containsKey(kind);
  }

  @Override
  public List<Deviation> replay(ConformanceCase replayed, DType dtype) {
    checkContents(replayed);
    return new Replay(replayed, dtype).run(kinds.get(replayed.kind()));
  }

  /** A case has exactly the tensors that its lists of names call for. */
  private static void checkContents(ConformanceCase checked) {
    List<String> leaves = new ArrayList<>(checked.texts("inputs"));
    leaves.addAll(checked.texts("params"));
    List<String> outputs = checked.texts("outputs");
    Set<String> wanted = new LinkedHashSet<>(leaves);
    wanted.addAll(checked.texts("consts"));
    outputs.forEach(output -> wanted.add("expect." + output));
    if (checked.flag("differentiable")) {
      outputs.forEach(output -> wanted.add("grad_output." + output));
      leaves.forEach(leaf -> wanted.add("expect.grad." + leaf));
      wanted.add("expect.L1");
    }
    if (checked.flag("second_order")) {
      for (String leaf : leaves) {
        wanted.addAll(List.of("dir." + leaf, "expect.grad2." + leaf, "expect.hvp." + leaf));
      }
      wanted.add("expect.L2");
    }
    Set<String> found = new HashSet<>(checked.tensorNames());
    if (!wanted.equals(found)) {
      Set<String> missing = new TreeSet<>(wanted);
      missing.removeAll(found);
      Set<String> unknown = new TreeSet<>(found);
      unknown.removeAll(wanted);
      throw new MalformedCaseException(
          "tensors missing: %s, tensors of unknown meaning: %s".formatted(missing, unknown));
    }
  }

  /** One case in one element type. */
  private static final class Replay {
    private final ConformanceCase replayed;
    private final DType dtype;
    private final Given given;
    private final double floor;
    private final List<Deviation> deviations = new ArrayList<>();

    Replay(ConformanceCase replayed, DType dtype) {
      this.replayed = replayed;
      this.dtype = dtype;
      given = new Given(replayed, dtype);
      floor = replayed.real("floor");
    }

    List<Deviation> run(Computation computation) {
      Map<String, Tensor> outputs = outputs(computation);
      double first = replayed.firstTolerance(dtype);
      outputs.forEach((output, value) -> compareTyped("expect." + output, value, first));
      if (replayed.flag("differentiable")) {
        Tensor loss = weighted("grad_output.", outputs);
        compare("expect.L1", loss, SCALAR_FLOOR, first);
        compareAll("expect.grad.", gradients(loss, GraphMode.RETAIN), first);
      }
      if (replayed.flag("second_order")) {
        outputs.replaceAll((output, value) -> value.add(value.square().mul(0.5)));
        Tensor loss = weighted("grad_output.", outputs);
        compare("expect.L2", loss, SCALAR_FLOOR, first);
        Map<String, Tensor> gradients = gradients(loss, GraphMode.CREATE);
        compareAll("expect.grad2.", gradients, first);
        Tensor alongDirection = weighted("dir.", gradients);
        compareAll(
            "expect.hvp.",
            gradients(alongDirection, GraphMode.FREE),
            replayed.secondTolerance(dtype));
      }
      return deviations;
    }

    private Map<String, Tensor> outputs(Computation computation) {
      List<String> names = replayed.texts("outputs");
      List<Tensor> values = computation.apply(given);
      if (values.size() != names.size()) {
        throw new IllegalStateException(
            "%d outputs, not %d: %s".formatted(values.size(), names.size(), names));
      }
      Map<String, Tensor> outputs = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        outputs.put(names.get(i), values.get(i));
      }
      return outputs;
    }

    /**
     * The sum of all elements, each times its weight in the file. It is always F64: hundreds of
     * terms can cancel to almost nothing, and their rounding would not be the operation's.
     */
    private Tensor weighted(String prefix, Map<String, Tensor> tensors) {
      Tensor total = Tensor.scalar(DType.F64, 0);
      for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
        Tensor weight = replayed.tensor(prefix + named.getKey());
        total = total.add(named.getValue().to(DType.F64).mul(weight).sum());
      }
      return total;
    }

    /** Zeros where nothing depends on a leaf, and so where nothing was recorded at all. */
    private Map<String, Tensor> gradients(Tensor scalar, GraphMode mode) {
      Map<String, Tensor> leaves = given.leaves();
      Map<Tensor, Tensor> found =
          scalar.requiresGrad() ? scalar.gradients(leaves.values(), mode) : Map.of();
      Map<String, Tensor> gradients = new LinkedHashMap<>();
      leaves.forEach(
          (leaf, tensor) -> {
            Tensor gradient = found.get(tensor);
            gradients.put(leaf, gradient == null ? tensor.zerosLike() : gradient);
          });
      return gradients;
    }

    private void compareAll(String prefix, Map<String, Tensor> actual, double tolerance) {
      actual.forEach((name, value) -> compareTyped(prefix + name, value, tolerance));
    }

    /** Results and derivatives have the element type of what they came from. */
    private void compareTyped(String result, Tensor actual, double tolerance) {
      if (actual.dtype() == dtype) {
        compare(result, actual, floor, tolerance);
      } else {
        deviations.add(
            new Deviation(result, Double.POSITIVE_INFINITY, tolerance, "is " + actual.dtype()));
      }
    }

    private void compare(String result, Tensor actual, double atLeast, double tolerance) {
      deviations.add(Comparison.of(result, actual, replayed.tensor(result), atLeast, tolerance));
    }
  }
}
