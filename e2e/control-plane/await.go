package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// await api waits until the API server is ready; await ready until all nodes
// are Ready and a one-pod set has come up and gone. The latter is needed on old
// data: there nodes are Ready at once, long before controllers and KWOK have
// filled their caches.
func await(args []string) error {
	flags := flag.NewFlagSet("await", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig file")
	nodes := flags.Int("nodes", 0, "how many nodes are to be Ready")
	timeout := flags.Duration("timeout", time.Minute, "when to give up")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	switch flags.Arg(0) {
	case "api":
		return until(ctx, "the API server's /readyz", func() (bool, error) {
			return true, client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		})
	case "ready":
		return awaitReady(ctx, client, *nodes)
	}
	return errors.New("usage: control-plane await --kubeconfig FILE [--nodes N] [--timeout D] api|ready")
}

// until polls quickly and reports the last error when the time is over: early
// errors are what is being waited out.
func until(ctx context.Context, what string, done func() (bool, error)) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, 25*time.Millisecond, true, func(context.Context) (bool, error) {
		ok, err := done()
		last = err
		return ok && err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for %s: %w (last: %v)", what, err, last)
	}
	return nil
}

func awaitReady(ctx context.Context, client kubernetes.Interface, nodes int) error {
	err := until(ctx, fmt.Sprintf("%d Ready nodes", nodes), func() (bool, error) {
		list, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		ready := 0
		for _, node := range list.Items {
			for _, condition := range node.Status.Conditions {
				if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
					ready++
				}
			}
		}
		if ready < nodes {
			return false, fmt.Errorf("%d are Ready", ready)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, namespace := range []string{"default", "kube-system"} {
		err := until(ctx, "the default ServiceAccount of "+namespace, func() (bool, error) {
			_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return awaitFirstPod(ctx, client)
}

func awaitFirstPod(ctx context.Context, client kubernetes.Interface) error {
	const namespace, name = "kube-system", "first-pod"
	sets, pods := client.AppsV1().StatefulSets(namespace), client.CoreV1().Pods(namespace)
	_, err := sets.Create(ctx, firstSet(name), metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	err = until(ctx, "a first pod to be Ready", func() (bool, error) {
		set, err := sets.Get(ctx, name, metav1.GetOptions{})
		return err == nil && set.Status.ReadyReplicas == 1, err
	})
	if err != nil {
		return err
	}
	if err := sets.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return err
	}
	return until(ctx, "the first pod to go", func() (bool, error) {
		_, err := pods.Get(ctx, name+"-0", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

func firstSet(name string) *appsv1.StatefulSet {
	labels := map[string]string{"app": name}
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.StatefulSetSpec{
			Replicas: new(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "first", Image: "registry.example/first:1"}}},
			},
		},
	}
}
