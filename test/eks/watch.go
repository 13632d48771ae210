package eks

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

// watch starts the actors and what informs them of pods and nodes.
func (w *World) watch(ctx context.Context) error {
	w.onFargate, w.onShared = w.newActor(w.scheduleOnFargate), w.newActor(w.scheduleOnShared)
	w.kubelets, w.unused = w.newActor(w.keepPod), w.newActor(w.removeNode)
	factory := informers.NewSharedInformerFactory(w.client, 0)
	pods, nodes := factory.Core().V1().Pods(), factory.Core().V1().Nodes()
	w.pods, w.nodes = pods.Lister(), nodes.Lister()
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods.Informer():  handlerOf(w.podChanged),
		nodes.Informer(): handlerOf(w.nodeChanged),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(w.ctx.Done())
	w.run(func(ctx context.Context) {
		<-ctx.Done()
		factory.Shutdown()
	})
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("watch %v: %w", kind, ctx.Err())
		}
	}
	for _, a := range []*actor{w.onFargate, w.onShared, w.kubelets, w.unused} {
		a.start()
	}
	return nil
}

// handlerOf calls a function for each change of an object. gone is true after its deletion.
func handlerOf[T any](changed func(object T, gone bool)) cache.ResourceEventHandler {
	call := func(object any, gone bool) {
		if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = tombstone.Obj
		}
		if typed, ok := object.(T); ok {
			changed(typed, gone)
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { call(object, false) },
		UpdateFunc: func(_, object any) { call(object, false) },
		DeleteFunc: func(object any) { call(object, true) },
	}
}

// podChanged gives a pod to whoever has to do with it.
func (w *World) podChanged(pod *corev1.Pod, gone bool) {
	key := pod.Namespace + "/" + pod.Name
	if gone {
		w.forget(pod)
		if pod.Spec.NodeName != "" {
			w.unused.add(pod.Spec.NodeName)
			w.retryShared() // there is room
		}
		return
	}
	switch {
	case pod.Spec.NodeName != "":
		w.kubelets.add(key)
	case pod.Spec.SchedulerName == fargateScheduler:
		w.onFargate.add(key)
	case pod.Spec.SchedulerName == corev1.DefaultSchedulerName:
		w.onShared.add(key)
	}
}

// nodeChanged has those look again that wait for a node.
func (w *World) nodeChanged(node *corev1.Node, gone bool) {
	if !gone {
		for _, pod := range w.podsOn(node.Name) {
			w.kubelets.add(pod.Namespace + "/" + pod.Name)
		}
	}
	w.retryShared()
}
