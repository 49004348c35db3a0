package org.tapeloop.backend.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;

/**
 * Announces the vector backend: the default where the JVM has the module {@code
 * jdk.incubator.vector} and compiles its vectors to registers.
 *
 * <p>Names no class of that module, so that it loads without it.
 */
public final class VectorBackendProvider implements BackendProvider {
  private static final String MODULE = "jdk.incubator.vector";

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Probe probe() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return new Probe.Refused(
          "the module " + MODULE + " is not in this JVM",
          "on the class path, start it with: java --add-modules " + MODULE);
    }
    if (System.getProperty("java.vm.info", "").startsWith("interpreted")) {
      return uncompiled("-Xint");
    }
    if (!flag("TieredStopAtLevel", "4").equals("4")) {
      return uncompiled("-XX:TieredStopAtLevel");
    }
    if (flag("UseFMA", "true").equals("false")) {
      // FloatVector.fma would compute by BigDecimal.
      return new Probe.Refused(
          "no fused multiply-add: this CPU has none, or -XX:-UseFMA switched it off",
          "run on a CPU with AVX2 and FMA, or NEON");
    }
    try {
      String problem = VectorWidth.problem();
      return problem == null
          ? new Probe.Usable(VectorBackend.width())
          : new Probe.Refused(
              problem, "leave out -Dtapeloop.vector.bits, or choose another backend");
    } catch (LinkageError e) {
      return new Probe.Refused(
          "the module " + MODULE + " does not work in this JVM: " + e, "use JDK 25 or newer");
    }
  }

  private static Probe uncompiled(String option) {
    return new Probe.Refused(
        option + " leaves out the C2 compiler, without which every vector is an object",
        "leave out " + option);
  }

  @Override
  public Backend create(int threads) {
    return new VectorBackend(threads);
  }

  /** The value of a HotSpot flag, or what is assumed where there is no such flag. */
  private static String flag(String name, String otherwise) {
    var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    try {
      return bean == null ? otherwise : bean.getVMOption(name).getValue();
    } catch (IllegalArgumentException absent) {
      return otherwise;
    }
  }
}
