package org.tapeloop.autograd;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.spi.BackendProvider;

/**
 * Which backend computes: chosen once for the process, or for a scope.
 *
 * <p>The default is the usable provider with the highest priority, or the one named by the system
 * property {@code tapeloop.backend}. {@code tapeloop.threads} sets how many threads its kernels may
 * use; by default one for each processor.
 */
public final class Backends {
  /** System property that names the default backend. */
  public static final String BACKEND_PROPERTY = "tapeloop.backend";

  /** System property that gives the number of threads. */
  public static final String THREADS_PROPERTY = "tapeloop.threads";

  private static final ScopedValue<Backend> SCOPED = ScopedValue.newInstance();
  private static final ConcurrentMap<String, Backend> CREATED = new ConcurrentHashMap<>();

  /** The process-wide default, chosen when it is first needed. */
  private static volatile @Nullable Backend defaultBackend;

  private Backends() {}

  /** The backend that operations in this thread use now. */
  public static Backend current() {
    if (SCOPED.isBound()) {
      return SCOPED.get();
    }
    Backend chosen = defaultBackend;
    return chosen == null ? chooseDefaultOnce() : chosen;
  }

  /** Runs the body on a backend; backward passes inside it too. */
  public static <T> T use(Backend backend, Supplier<T> body) {
    return ScopedValue.where(SCOPED, backend).call(body::get);
  }

  /** Runs the body on a backend. */
  public static void use(Backend backend, Runnable body) {
    ScopedValue.where(SCOPED, backend).run(body);
  }

  /** Runs the body on the named backend, see {@link #named(String)}. */
  public static <T> T use(String name, Supplier<T> body) {
    return use(named(name), body);
  }

  /** Runs the body on the named backend, see {@link #named(String)}. */
  public static void use(String name, Runnable body) {
    use(named(name), body);
  }

  /** The named backend with the default number of threads. */
  public static Backend named(String name) {
    return named(name, defaultThreads());
  }

  /**
   * The named backend; {@code "openblas+vector"} names a {@linkplain #composite composite} of two.
   *
   * @throws IllegalArgumentException if no provider has the name, or it cannot be used here: with
   *     the reason and the remedy
   */
  public static Backend named(String name, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "backend " + name + ": threads must be at least 1, not " + threads);
    }
    int plus = name.indexOf('+');
    if (plus >= 0) {
      return composite(
          named(name.substring(0, plus), threads), named(name.substring(plus + 1), threads));
    }
    return CREATED.computeIfAbsent(name + "/" + threads, key -> create(name, threads));
  }

  /**
   * A backend whose matrix products come from one backend and everything else from another. Neither
   * knows of the other.
   *
   * @param products computes gemm and packed products
   * @param rest computes the other kernels
   */
  public static Backend composite(Backend products, Backend rest) {
    return new CompositeBackend(products, rest);
  }

  /**
   * The names that providers on the module path or class path announce, best first, usable or not.
   */
  public static List<String> names() {
    return providers().stream().map(BackendProvider::name).toList();
  }

  /**
   * A report for a person: each provider, whether it can be used and why not, and the one in use.
   */
  public static String describe() {
    StringBuilder report = new StringBuilder();
    Backend current = current();
    for (BackendProvider provider : providers()) {
      report.append(provider.name().equals(current.name()) ? "* " : "  ");
      report
          .append(provider.name())
          .append(" (priority ")
          .append(provider.priority())
          .append("): ");
      switch (provider.probe()) {
        case BackendProvider.Probe.Usable usable -> report.append(usable.detail());
        case BackendProvider.Probe.Refused refused ->
            report
                .append("refused: ")
                .append(refused.reason())
                .append("; ")
                .append(refused.remedy());
      }
      report.append('\n');
    }
    return report.append("in use: ").append(current.description()).append('\n').toString();
  }

  private static int defaultThreads() {
    String text = System.getProperty(THREADS_PROPERTY);
    if (text == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          THREADS_PROPERTY + ": expected a number of threads, not '" + text + "'", e);
    }
  }

  private static Backend create(String name, int threads) {
    BackendProvider provider = find(name);
    return switch (provider.probe()) {
      case BackendProvider.Probe.Usable usable -> provider.create(threads);
      case BackendProvider.Probe.Refused refused ->
          throw new IllegalArgumentException(
              "backend '%s' cannot be used here: %s; %s"
                  .formatted(name, refused.reason(), refused.remedy()));
    };
  }

  private static BackendProvider find(String name) {
    List<BackendProvider> providers = providers();
    for (BackendProvider provider : providers) {
      if (provider.name().equals(name)) {
        return provider;
      }
    }
    throw new IllegalArgumentException(
        "backend '%s' is unknown; there are: %s (a backend's jar must be on the class or module path)"
            .formatted(
                name, String.join(", ", providers.stream().map(BackendProvider::name).toList())));
  }

  private static synchronized Backend chooseDefaultOnce() {
    Backend chosen = defaultBackend;
    if (chosen == null) {
      chosen = chooseDefault();
      defaultBackend = chosen;
    }
    return chosen;
  }

  private static Backend chooseDefault() {
    @Nullable String name = System.getProperty(BACKEND_PROPERTY);
    if (name != null) {
      return named(name);
    }
    List<BackendProvider> providers = providers();
    for (BackendProvider provider : providers) {
      switch (provider.probe()) {
        case BackendProvider.Probe.Usable usable -> {
          if (providers.size() == 1) {
            warnOfPlainLoops(provider);
          }
          return named(provider.name());
        }
        case BackendProvider.Probe.Refused refused ->
            System.getLogger(Backends.class.getName())
                .log(
                    System.Logger.Level.WARNING,
                    "backend {0} is not used: {1}; {2}",
                    provider.name(),
                    refused.reason(),
                    refused.remedy());
      }
    }
    throw new IllegalStateException("no backend can be used; the reference backend is missing");
  }

  /** The reference backend comes with this module: who has no other forgot one, or means it. */
  private static void warnOfPlainLoops(BackendProvider only) {
    System.getLogger(Backends.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "backend {0} is used, plain loops that are many times slower, for there is no other;"
                + " put backend-vector or backend-openblas on the class or module path, or ask for"
                + " this one with -D{1}={0}",
            only.name(),
            BACKEND_PROPERTY);
  }

  private static List<BackendProvider> providers() {
    List<BackendProvider> found = new ArrayList<>();
    var loader = ServiceLoader.load(BackendProvider.class).stream().iterator();
    boolean more = true;
    while (more) {
      try {
        more = loader.hasNext();
        if (more) {
          found.add(loader.next().get());
        }
      } catch (ServiceConfigurationError e) {
        System.getLogger(Backends.class.getName())
            .log(System.Logger.Level.WARNING, "a backend provider cannot be loaded", e);
      }
    }
    found.sort(Comparator.comparingInt(BackendProvider::priority).reversed());
    return found;
  }
}
