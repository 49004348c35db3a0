package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.reference.ReferenceBackend;
import org.tapeloop.autograd.spi.Backend;

/** Gradients of a weight that takes part in several products. */
class ProductSumTest {
  private static final int STEPS = 11;
  private final RandomStream stream = new Generator(5).next();

  private Tensor random(int... extents) {
    return Tensor.normal(stream, DType.F64, Shape.of(extents), 0, 0.5);
  }

  /** A recurrence of both kinds of product whose step t has {@code rows[t % rows.length]} rows. */
  private static Tensor recurrence(Tensor affine, Tensor product, Tensor bias, int... rows) {
    List<Tensor> sums = new ArrayList<>();
    for (int t = 0; t < STEPS; t++) {
      Tensor h = Tensor.full(DType.F64, Shape.of(rows[t % rows.length], 3), 0.1 * (t + 1));
      h = h.affine(affine, bias).tanh().matmul(product).tanh();
      h = h.affine(affine, bias).sigmoid();
      sums.add(h.square().sum());
    }
    return Tensor.stack(sums, 0).sum();
  }

  private void agreesWithRecordedProducts(int... rows) {
    Tensor affine = random(4, 3).leaf();
    Tensor product = random(4, 3).leaf();
    Tensor bias = random(4).leaf();
    List<Tensor> wrt = List.of(affine, product, bias);
    // The weight's own square arrives as a plain cotangent between the products.
    Tensor loss = recurrence(affine, product, bias, rows).add(affine.square().sum());
    Map<Tensor, Tensor> oneByOne = loss.gradients(wrt, GraphMode.CREATE);
    Map<Tensor, Tensor> summed = loss.gradients(wrt, GraphMode.RETAIN);
    Map<Tensor, Tensor> freeing = loss.gradients(wrt, GraphMode.FREE);
    for (Tensor w : wrt) {
      close(oneByOne.get(w), summed.get(w));
      close(summed.get(w), freeing.get(w));
    }
  }

  private static void close(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    double error = expected.sub(actual).abs().max().item();
    double size = expected.abs().max().item();
    assertTrue(size > 0, "a gradient is zero");
    assertTrue(error <= 1e-13 * size, "differ by " + error);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 50, 64, 256, 300})
  void sumsOfProductsAreThoseOfRecordedProducts(int rows) {
    agreesWithRecordedProducts(rows);
  }

  @Test
  void stepsMayDifferInTheirRows() {
    agreesWithRecordedProducts(1, 300, 20, 2, 255, 64);
    agreesWithRecordedProducts(300, 1);
    agreesWithRecordedProducts(0, 3);
  }

  @Test
  void aWeightThatIsItselfAResultPassesItsSumOn() {
    Tensor source = random(3, 4).leaf();
    Tensor weight = source.mul(2).transpose(0, 1);
    Tensor x = random(5, 3);
    Tensor loss = x.affine(weight, null).square().sum().add(x.affine(weight, null).sum());
    close(
        loss.gradients(List.of(source), GraphMode.CREATE).get(source),
        loss.gradients(source).get(source));
  }

  @Test
  void theStepsOfARecurrenceShareFewProducts() {
    Tensor weight = random(4, 3).leaf();
    Tensor loss = Tensor.scalar(DType.F64, 0);
    for (int t = 0; t < 64; t++) {
      loss = loss.add(random(1, 3).affine(weight, null).sum());
    }
    int[] products = {0};
    Tensor summed = loss;
    Backends.use(counting(products), () -> summed.gradients(weight));
    assertEquals(1, products[0]);
  }

  private static Backend counting(int[] products) {
    Backend reference = new ReferenceBackend();
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("gemm")) {
                products[0]++;
              }
              return method.invoke(reference, arguments);
            });
  }
}
