package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// A Go duration: how long a deleted pod takes to go.
const endAfter = "rollcall.test/end-after"

// ending is one life of a pod.
type ending struct {
	namespace, name string
	uid             types.UID
}

// endPods plays the end of deleted pods on their nodes, as a kubelet does it:
// by uid. KWOK's own delete goes by name, and on a machine under load it comes
// twice now and then: the second one ends the pod's successor.
func endPods(client kubernetes.Interface, factory informers.SharedInformerFactory) error {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ending]())
	var lock sync.Mutex
	told := map[types.UID]bool{} // until the pod is gone
	see := func(object any) {
		pod, ok := object.(*corev1.Pod)
		// A pod without a node goes at once, by the API server.
		if !ok || pod.DeletionTimestamp == nil || pod.Spec.NodeName == "" {
			return
		}
		lock.Lock()
		defer lock.Unlock()
		if !told[pod.UID] {
			told[pod.UID] = true
			queue.AddAfter(ending{pod.Namespace, pod.Name, pod.UID}, endDelay(pod))
		}
	}
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    see,
		UpdateFunc: func(_, now any) { see(now) },
		DeleteFunc: func(object any) {
			if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = gone.Obj
			}
			if pod, ok := object.(*corev1.Pod); ok {
				lock.Lock()
				delete(told, pod.UID)
				lock.Unlock()
			}
		},
	})
	if err != nil {
		return err
	}
	// Thousands of pods are kept: only what is asked of them.
	err = informer.SetTransform(func(object any) (any, error) {
		if pod, ok := object.(*corev1.Pod); ok {
			return &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
					DeletionTimestamp: pod.DeletionTimestamp,
					Annotations:       map[string]string{endAfter: pod.Annotations[endAfter]},
				},
				Spec: corev1.PodSpec{NodeName: pod.Spec.NodeName},
			}, nil
		}
		return object, nil
	})
	if err != nil {
		return err
	}
	for range 8 {
		go func() {
			for {
				pod, _ := queue.Get()
				if err := finish(client, pod); err != nil {
					fmt.Println(pod.namespace, pod.name, err)
					queue.AddRateLimited(pod)
				} else {
					queue.Forget(pod)
				}
				queue.Done(pod)
			}
		}()
	}
	return nil
}

func endDelay(pod *corev1.Pod) time.Duration {
	if delay, err := time.ParseDuration(pod.Annotations[endAfter]); err == nil {
		return delay
	}
	return time.Duration(20+rand.IntN(180)) * time.Millisecond
}

func finish(client kubernetes.Interface, pod ending) error {
	now := int64(0)
	err := client.CoreV1().Pods(pod.namespace).Delete(context.Background(), pod.name, metav1.DeleteOptions{
		GracePeriodSeconds: &now,
		Preconditions:      &metav1.Preconditions{UID: &pod.uid},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // it is gone
	}
	return err
}
