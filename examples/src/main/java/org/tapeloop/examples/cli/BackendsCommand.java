package org.tapeloop.examples.cli;

import org.tapeloop.autograd.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tapeloop backends}: what can compute here. */
@Command(
    name = "backends",
    description = {
      "Says what can compute on this machine, what is in use, and why the others are not.",
      "",
    },
    mixinStandardHelpOptions = true)
public final class BackendsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private BackendOptions backend;

  @Override
  public void run() {
    String java = "%s %s".formatted(System.getProperty("java.vm.name"), Runtime.version());
    String machine =
        "%s %s, %d processors"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors());
    var out = spec.commandLine().getOut();
    out.println("java: " + java);
    out.println("machine: " + machine);
    out.print(backend.use(Backends::describe));
    out.flush();
  }
}
