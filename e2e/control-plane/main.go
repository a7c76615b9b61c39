// Command control-plane is every program of a Kubernetes control plane in one
// binary, for tests: the first argument says which one to be. One binary links
// the shared packages once, which halves the size and the build time.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	name := os.Args[1]
	// The programs read os.Args themselves.
	os.Args = append([]string{name}, os.Args[2:]...)
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		run(apiserver.NewAPIServerCommand())
	case "kube-controller-manager":
		run(controllermanager.NewControllerManagerCommand())
	case "kube-scheduler":
		run(scheduler.NewSchedulerCommand())
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	case "keys":
		report(keys(os.Args[1:]))
	case "supervise":
		report(supervise(os.Args[1:]))
	case "claims":
		report(claims(os.Args[1:]))
	case "await":
		report(await(os.Args[1:]))
	default:
		usage()
	}
}

func run(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

func report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "control-plane:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, `usage: control-plane PROGRAM [ARGUMENTS]

The Kubernetes programs: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl.
Ours:
  keys DIR       writes the certificates and keys of one control plane (existing ones are kept)
  supervise      starts and ends programs as told on stdin, and ends them all when stdin closes
  claims         binds and grows claims, in place of a storage driver, and lets deleted pods end, in place of kubelets
  await          waits until the API server, or all of the control plane, is ready`)
	os.Exit(2)
}
