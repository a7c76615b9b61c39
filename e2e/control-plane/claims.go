package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

// The provisioner that our StorageClasses name.
const claimDriver = "rollcall.test/claims"

// Parameters of a StorageClass, Go durations: how long a claim stays unbound,
// and how long growing it takes ("never": it stays in condition Resizing).
const (
	bindAfter = "bind-after"
	growAfter = "grow-after"
)

// driver plays a storage driver: it makes volumes for claims, deletes released
// ones and grows claims. The controller manager's own host path provisioner
// would leave folders under /tmp and cannot grow anything.
type driver struct {
	client  kubernetes.Interface
	claims  corelisters.PersistentVolumeClaimLister
	volumes corelisters.PersistentVolumeLister
	classes storagelisters.StorageClassLister
	queue   workqueue.TypedRateLimitingInterface[string]
	// since says when a delay began, by key; it holds only what is being waited for.
	since map[string]time.Time
}

func claims(args []string) error {
	flags := flag.NewFlagSet("claims", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 1000, 2000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	d := &driver{
		client:  client,
		claims:  factory.Core().V1().PersistentVolumeClaims().Lister(),
		volumes: factory.Core().V1().PersistentVolumes().Lister(),
		classes: factory.Storage().V1().StorageClasses().Lister(),
		queue:   workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
		since:   map[string]time.Time{},
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    d.add,
		UpdateFunc: func(_, now any) { d.add(now) },
	}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().PersistentVolumeClaims().Informer(),
		factory.Core().V1().PersistentVolumes().Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	if err := endPods(client, factory); err != nil {
		return err
	}
	factory.Start(wait.NeverStop)
	factory.WaitForCacheSync(wait.NeverStop)
	for {
		key, _ := d.queue.Get()
		again, err := d.sync(context.Background(), key)
		switch {
		case err != nil && !apierrors.IsConflict(err):
			fmt.Println(key, err)
			d.queue.AddRateLimited(key)
		case err != nil:
			d.queue.AddRateLimited(key)
		case again > 0:
			d.queue.AddAfter(key, again)
		default:
			d.queue.Forget(key)
		}
		d.queue.Done(key)
	}
}

func (d *driver) add(object any) {
	switch o := object.(type) {
	case *corev1.PersistentVolumeClaim:
		d.queue.Add(o.Namespace + "/" + o.Name)
	case *corev1.PersistentVolume:
		d.queue.Add(o.Name)
	}
}

// sync answers after what time the key is to be looked at again; 0: on the next event.
func (d *driver) sync(ctx context.Context, key string) (time.Duration, error) {
	namespace, name, isClaim := strings.Cut(key, "/")
	if !isClaim {
		return 0, d.release(ctx, key)
	}
	claim, err := d.claims.PersistentVolumeClaims(namespace).Get(name)
	if apierrors.IsNotFound(err) {
		delete(d.since, key)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return 0, nil
	}
	class, err := d.classes.Get(*claim.Spec.StorageClassName)
	if err != nil || class.Provisioner != claimDriver {
		return 0, nil // not ours, or of a class that does not exist
	}
	switch {
	// The annotation comes from the controller manager once a volume is wanted,
	// with WaitForFirstConsumer only when a pod needs it.
	case claim.Spec.VolumeName == "" && claim.Annotations["volume.kubernetes.io/storage-provisioner"] == claimDriver:
		return d.provision(ctx, key, claim, class)
	case claim.Status.Phase == corev1.ClaimBound && request(claim).Cmp(claim.Status.Capacity[corev1.ResourceStorage]) > 0:
		return d.grow(ctx, key, claim, class)
	}
	return 0, nil
}

// left is the rest of a delay that began when it was first asked for.
func (d *driver) left(key string, delay time.Duration) time.Duration {
	began, ok := d.since[key]
	if !ok {
		began = time.Now()
		d.since[key] = began
	}
	rest := time.Until(began.Add(delay))
	if rest <= 0 {
		delete(d.since, key)
	}
	return rest
}

func delayOf(class *storagev1.StorageClass, parameter string) time.Duration {
	delay, err := time.ParseDuration(class.Parameters[parameter])
	if err != nil {
		return 0
	}
	return delay
}

func (d *driver) provision(
	ctx context.Context, key string, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass,
) (time.Duration, error) {
	if rest := d.left(key, delayOf(class, bindAfter)); rest > 0 {
		return rest, nil
	}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "pvc-" + string(claim.UID),
			Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": claimDriver},
		},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:    corev1.ResourceList{corev1.ResourceStorage: request(claim).DeepCopy()},
			AccessModes: claim.Spec.AccessModes,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			StorageClassName:              class.Name,
			VolumeMode:                    claim.Spec.VolumeMode,
			// Nothing mounts it, so the folder never exists.
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: "/nonexistent/" + string(claim.UID)},
			},
		},
	}
	_, err := d.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		err = nil
	}
	return 0, err
}

// grow plays the resizer and the node: condition Resizing, then the new capacity.
func (d *driver) grow(
	ctx context.Context, key string, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass,
) (time.Duration, error) {
	claim = claim.DeepCopy()
	claims := d.client.CoreV1().PersistentVolumeClaims(claim.Namespace)
	if len(claim.Status.Conditions) == 0 {
		claim.Status.Conditions = []corev1.PersistentVolumeClaimCondition{{
			Type: corev1.PersistentVolumeClaimResizing, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now(),
		}}
		_, err := claims.UpdateStatus(ctx, claim, metav1.UpdateOptions{})
		return 0, err // the update's own event comes back here
	}
	if class.Parameters[growAfter] == "never" {
		return 0, nil
	}
	if rest := d.left(key, delayOf(class, growAfter)); rest > 0 {
		return rest, nil
	}
	volume, err := d.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	volume.Spec.Capacity[corev1.ResourceStorage] = request(claim).DeepCopy()
	if _, err := d.client.CoreV1().PersistentVolumes().Update(ctx, volume, metav1.UpdateOptions{}); err != nil {
		return 0, err
	}
	claim.Status.Capacity[corev1.ResourceStorage] = request(claim).DeepCopy()
	claim.Status.Conditions = nil
	_, err = claims.UpdateStatus(ctx, claim, metav1.UpdateOptions{})
	return 0, err
}

// release deletes a volume whose claim is gone.
func (d *driver) release(ctx context.Context, name string) error {
	volume, err := d.volumes.Get(name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if volume.Status.Phase != corev1.VolumeReleased || volume.DeletionTimestamp != nil ||
		volume.Annotations["pv.kubernetes.io/provisioned-by"] != claimDriver ||
		volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	err = d.client.CoreV1().PersistentVolumes().Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func request(claim *corev1.PersistentVolumeClaim) *resource.Quantity {
	return claim.Spec.Resources.Requests.Storage()
}
