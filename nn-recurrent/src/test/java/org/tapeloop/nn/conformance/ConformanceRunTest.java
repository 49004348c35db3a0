package org.tapeloop.nn.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.conformance.ConformanceRun.Entry;
import org.tapeloop.nn.conformance.ConformanceRun.Setting;
import org.tapeloop.nn.safetensors.SafeTensorsWriter;

/** A suite that can't fail proves nothing: wrong libraries and wrong files have to be caught. */
class ConformanceRunTest {
  @TempDir Path folder;

  /**
   * The case y = tanh(x) at x = 0.5 with derivatives from the closed form, and changes made to it.
   */
  private void writeTanh(String name, UnaryOperator<SafeTensorsWriter> change) throws IOException {
    double y = Math.tanh(0.5);
    double d = 1 - y * y;
    SafeTensorsWriter file =
        new SafeTensorsWriter()
            .metadata("format", "tapeloop-conformance-1")
            .metadata("case", name)
            .metadata("inputs", "in0")
            .metadata("params", "")
            .metadata("consts", "")
            .metadata("outputs", "out")
            .metadata("differentiable", "true")
            .metadata("second_order", "true")
            .metadata("floor", "0.001")
            .metadata("tolerance.first", "1e-10")
            .metadata("tolerance.second", "1e-08")
            .metadata("torch_f32_error.first", "1e-06")
            .metadata("torch_f32_error.second", "1e-06")
            .tensor("in0", Tensor.ofDoubles(0.5))
            .tensor("expect.out", Tensor.ofDoubles(y))
            .tensor("grad_output.out", Tensor.ofDoubles(2))
            .tensor("expect.L1", Tensor.scalar(DType.F64, 2 * y))
            .tensor("expect.grad.in0", Tensor.ofDoubles(2 * d))
            .tensor("dir.in0", Tensor.ofDoubles(3))
            .tensor("expect.L2", Tensor.scalar(DType.F64, 2 * (y + y * y / 2)))
            .tensor("expect.grad2.in0", Tensor.ofDoubles(2 * (1 + y) * d))
            .tensor("expect.hvp.in0", Tensor.ofDoubles(3 * 2 * (d * d - (1 + y) * 2 * y * d)));
    change.apply(file).write(folder.resolve(name + ".safetensors"));
  }

  private void writeTanh() throws IOException {
    writeTanh("tanh", file -> file.metadata("family", "ops").metadata("kind", "tanh"));
  }

  private ConformanceRun read(UnaryOperator<Tensor> tanh) {
    return ConformanceRun.over(
        folder,
        List.of(
            new DifferentiableFamily("ops", 1, Map.of("tanh", g -> List.of(tanh.apply(g.in(0)))))));
  }

  private static Setting reference(DType dtype) {
    return new Setting(Backends.named("reference"), dtype);
  }

  private ConformanceRun replay(UnaryOperator<Tensor> tanh, DType... dtypes) {
    ConformanceRun run = read(tanh);
    for (Entry entry : run.entries()) {
      if (run.whyUnsupported(entry).isEmpty()) {
        for (DType dtype : dtypes) {
          run.replay(entry, reference(dtype));
        }
      }
    }
    return run;
  }

  private static String lastLine(ConformanceRun run) {
    return run.report().lines().toList().getLast();
  }

  /** Replays in F64 and expects failures in exactly these results. */
  private void assertFails(UnaryOperator<Tensor> tanh, String... results) {
    ConformanceRun run = read(tanh);
    List<String> failed =
        run.replay(run.entries().getFirst(), reference(DType.F64)).stream()
            .map(reason -> reason.substring(0, reason.indexOf(": ")))
            .toList();
    assertEquals(List.of(results), failed);
    assertEquals("conformance: 1 cases, 1 failed, 0 not supported", lastLine(run));
  }

  @Test
  void aRightOperationPassesInBothElementTypes() throws IOException {
    writeTanh();
    ConformanceRun run = replay(Tensor::tanh, DType.F32, DType.F64);
    assertEquals("conformance: 1 cases, 0 failed, 0 not supported", run.report());
  }

  @Test
  void aWrongValueFails() throws IOException {
    writeTanh();
    assertFails(
        x -> x.tanh().add(1e-6),
        "expect.out",
        "expect.L1",
        "expect.L2",
        "expect.grad2.in0",
        "expect.hvp.in0");
  }

  @Test
  void aMissingGradientFails() throws IOException {
    writeTanh();
    assertFails(x -> x.detach().tanh(), "expect.grad.in0", "expect.grad2.in0", "expect.hvp.in0");
  }

  @Test
  void aWrongGradientFails() throws IOException {
    writeTanh();
    assertFails(
        x -> x.onGradient(g -> g.mul(1 + 1e-6)).tanh(),
        "expect.grad.in0",
        "expect.grad2.in0",
        "expect.hvp.in0");
  }

  @Test
  void aWrongSecondDerivativeFails() throws IOException {
    writeTanh();
    assertFails(x -> x.onGradient(Tensor::detach).tanh(), "expect.hvp.in0");
  }

  @Test
  void nanFails() throws IOException {
    writeTanh();
    assertFails(
        x -> x.tanh().mul(Double.NaN),
        "expect.out",
        "expect.L1",
        "expect.grad.in0",
        "expect.L2",
        "expect.grad2.in0",
        "expect.hvp.in0");
  }

  @Test
  void anExceptionFails() throws IOException {
    writeTanh();
    ConformanceRun run = replay(x -> x.select(5, 0), DType.F64);
    assertEquals("conformance: 1 cases, 1 failed, 0 not supported", lastLine(run));
    assertTrue(run.report().contains("axis 5 is out of range"), run.report());
  }

  @Test
  void aCaseThatFailsInOneElementTypeHasFailedOnce() throws IOException {
    writeTanh();
    ConformanceRun run =
        replay(x -> x.dtype() == DType.F32 ? x.tanh().mul(2) : x.tanh(), DType.values());
    assertEquals("conformance: 1 cases, 1 failed, 0 not supported", lastLine(run));
    assertTrue(run.report().contains("FAILED tanh: [reference F32] expect.out: error "));
  }

  @Test
  void whatIsNoCaseFails() throws IOException {
    writeTanh();
    Files.write(folder.resolve("empty.safetensors"), new byte[0]);
    Path whole = folder.resolve("tanh.safetensors");
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 1));
    Files.write(folder.resolve("renamed.safetensors"), bytes);
    writeTanh("kindless", file -> file.metadata("family", "ops"));
    writeTanh("foreign", file -> file.metadata("family", "oops").metadata("kind", "tanh"));
    writeTanh(
        "extra",
        file ->
            file.metadata("family", "ops")
                .metadata("kind", "tanh")
                .tensor("expect.gradd.in0", Tensor.of(1)));
    ConformanceRun run = replay(Tensor::tanh, DType.F64);
    assertEquals("conformance: 7 cases, 6 failed, 0 not supported", lastLine(run), run::report);
    assertTrue(run.report().contains("tensors of unknown meaning: [expect.gradd.in0]"));
    assertTrue(run.report().contains("the file says it is case 'tanh'"));
    assertTrue(run.report().contains("there is no family 'oops'"));
    assertTrue(run.report().contains("the attribute 'kind' is missing"));
  }

  @Test
  void aCaseForWhichNothingIsComparedFails() throws IOException {
    new SafeTensorsWriter()
        .metadata("format", "tapeloop-conformance-1")
        .metadata("case", "void")
        .metadata("family", "ops")
        .metadata("kind", "void")
        .metadata("inputs", "")
        .metadata("params", "")
        .metadata("consts", "")
        .metadata("outputs", "")
        .metadata("differentiable", "false")
        .metadata("second_order", "false")
        .metadata("floor", "0.001")
        .metadata("tolerance.first", "1e-10")
        .write(folder.resolve("void.safetensors"));
    Family family = new DifferentiableFamily("ops", 1, Map.of("void", given -> List.of()));
    ConformanceRun run = ConformanceRun.over(folder, List.of(family));
    run.replay(run.entries().getFirst(), reference(DType.F64));
    assertEquals("conformance: 1 cases, 1 failed, 0 not supported", lastLine(run));
    assertTrue(run.report().contains("nothing was compared"), run.report());
  }

  @Test
  void kindsThatAreNotThereYetAreNamed() throws IOException {
    writeTanh();
    writeTanh("tanhh", file -> file.metadata("family", "ops").metadata("kind", "tanhh"));
    ConformanceRun run = replay(Tensor::tanh, DType.F64);
    assertEquals(
        """
        conformance: NOT SUPPORTED tanhh: family ops has no kind tanhh yet
        conformance: 2 cases, 0 failed, 1 not supported\
        """,
        run.report());
  }

  @Test
  void casesOfOtherFamiliesAreNoPartOfTheRun() throws IOException {
    writeTanh();
    writeTanh("beam", file -> file.metadata("family", "decoding").metadata("kind", "beam"));
    ConformanceRun run = replay(Tensor::tanh, DType.F64);
    assertEquals(
        """
        conformance: not in this part: 1 cases of decoding
        conformance: 1 cases, 0 failed, 0 not supported\
        """,
        run.report());
  }

  @Test
  void aCaseThatTheManifestListsHasToBeThere() throws IOException {
    writeTanh();
    Files.writeString(
        folder.resolve("MANIFEST.tsv"),
        "case\tfamily\tkind\ntanh\tops\ttanh\ngone\tops\ttanh\nelsewhere\tcells\tmgu\n");
    ConformanceRun run = replay(Tensor::tanh, DType.F64);
    assertEquals(List.of("gone"), List.copyOf(run.failures().keySet()));
  }
}
