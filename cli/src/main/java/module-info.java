/// The command line: train, evaluate, report.
module adjoint.cli {
    requires adjoint.duality;
    requires adjoint.data;
    requires info.picocli;
    requires org.snakeyaml.engine.v2;
    requires me.tongfei.progressbar;
    requires jdk.jshell;
    requires jdk.management;

    opens adjoint.cli to
            info.picocli;
}
