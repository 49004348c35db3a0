package org.tapeloop.autograd.tck;

import org.junit.jupiter.api.Nested;
import org.tapeloop.autograd.spi.Backend;

/**
 * The conformance suite of compute backends. A backend's test extends it and says how to make the
 * backend:
 *
 * <pre>{@code
 * class MyBackendTest extends BackendVerification {
 *   @Override
 *   protected Backend createBackend(int threads) {
 *     return new MyBackend(threads);
 *   }
 * }
 * }</pre>
 *
 * <p>Each test checks one numbered clause of {@code docs/backend-contract.md} for both element
 * types, and every failure names its clause. What a kernel must give is computed from its scalar
 * meaning in float64; how far a result may be off is in the tables of that page.
 */
public abstract class BackendVerification {

  /** For subclasses. */
  protected BackendVerification() {}

  /**
   * Makes a backend whose kernels may use a number of threads. Called with 1 to 4, several times,
   * and with several backends alive at once.
   */
  protected abstract Backend createBackend(int threads);

  @Nested
  final class EveryKernel extends EveryKernelClauses {
    EveryKernel() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class Elementwise extends ElementwiseClauses {
    Elementwise() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class Rows extends RowClauses {
    Rows() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class Reductions extends ReductionClauses {
    Reductions() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class Products extends ProductClauses {
    Products() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class AlongAxes extends AlongAxisClauses {
    AlongAxes() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class Tasks extends TaskClauses {
    Tasks() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class PackedMatrices extends PackedMatrixClauses {
    PackedMatrices() {
      super(BackendVerification.this::createBackend);
    }
  }

  @Nested
  final class FusedPrograms extends RowProgramClauses {
    FusedPrograms() {
      super(BackendVerification.this::createBackend);
    }
  }
}
